/**
 * Takes over an OpenClaw that runs on Kubernetes already, deployed by plain YAML or the project's own kustomization: its namespace and the
 * PersistentVolumeClaim with people's conversations become part of the stack as they are, and everything around them is new.
 *
 *     pulumi stack init team
 *     pulumi config set kubeconfig ~/.kube/config
 *     pulumi config set --secret clientSecret
 *     pulumi config set --secret openaiApiKey
 *     pulumi preview      # imports two, replaces and deletes none
 *     kubectl --namespace openclaw delete deployment/openclaw service/openclaw     # the state has one writer; the claim stays
 *     pulumi up
 *
 * A claim that a StatefulSet made is called after its pod, such as `data-openclaw-0`: `pulumi config set claim data-openclaw-0`. The
 * directory in it must be what OpenClaw was told as its state, `~/.openclaw` in the project's own manifests. Files change their group to
 * that of the new pod when it starts, as Kubernetes does it for every volume; the storage must know how (`fsGroup`).
 *
 * A claim is never changed or deleted by this stack: it is protected, and kept when it leaves the stack. Its size is yours to change.
 *
 * On Docker no import is needed. With `existingState: "openclaw_home"` a volume of that name is used again, once what ran on it has ended
 * and its files belong to OpenClaw's user here: `docker run --rm -u 0 -v openclaw_home:/state busybox chown -R 20104:20104 /state`.
 */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { kubernetes, ZeroTrustOpenClaw } from "../../lib";

const config = new pulumi.Config();
const setting = (name: string, otherwise: string) => config.get(name) ?? otherwise;
const cluster = new k8s.Provider("cluster", { kubeconfig: config.require("kubeconfig") });
const namespace = setting("namespace", "openclaw");
const claim = setting("claim", "openclaw-home-pvc");

/** As it is, whatever that is: what somebody else described is not described again here. */
const asItIs = { provider: cluster, protect: true, retainOnDelete: true, ignoreChanges: ["metadata", "spec"] };
new k8s.core.v1.Namespace("openclaw", { metadata: { name: namespace } }, { ...asItIs, import: namespace });
const state = new k8s.core.v1.PersistentVolumeClaim(
  "openclaw-state",
  { metadata: { name: claim, namespace } },
  {
    ...asItIs,
    import: `${namespace}/${claim}`,
    // For whoever has it in a stack already, under the name it has in the cluster.
    aliases: [{ name: claim }],
  },
);

const claw = new ZeroTrustOpenClaw(
  "assistant",
  {
    platform: kubernetes({
      apiServer: { addresses: [setting("apiServer", "10.0.0.1/32")] },
      prefix: setting("prefix", "assistant"),
      existingNamespaces: { agent: namespace },
    }),
    publicUrl: "https://openclaw.example.com",
    identityProvider: {
      issuer: "https://login.example.com",
      clientId: "openclaw",
      clientSecret: config.requireSecret("clientSecret"),
      endpoints: {
        authorization: "https://login.example.com/authorize",
        token: "https://login.example.com/token",
        jwks: "https://login.example.com/keys",
      },
    },
    roles: { operator: { groups: ["support"] }, viewer: { groups: ["everyone"] } },
    models: [{ provider: "openai", apiKey: config.requireSecret("openaiApiKey") }],
    existingState: claim,
  },
  { providers: [cluster] },
);

export const url = claw.url;
/** The volume behind the claim: the same before and after. */
export const volume = state.spec.volumeName;
