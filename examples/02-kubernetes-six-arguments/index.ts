/**
 * OpenClaw for a team on a Kubernetes cluster: the same six arguments as on Docker. Zones become namespaces that deny by default,
 * certificates come from cert-manager.
 *
 * Needs a cluster that enforces NetworkPolicy and has cert-manager, and images it can pull; `docs/kubernetes.md` says more.
 *
 *     pulumi stack init team
 *     pulumi config set kubeconfig ~/.kube/config
 *     pulumi config set apiServer "$(kubectl get endpoints kubernetes -o jsonpath='{.subsets[0].addresses[0].ip}')/32"
 *     pulumi config set --secret clientSecret      # asks for it
 *     pulumi config set --secret openaiApiKey
 *     pulumi up
 */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { kubernetes, ZeroTrustOpenClaw } from "../../lib";

const config = new pulumi.Config();
const cluster = new k8s.Provider("cluster", {
  kubeconfig: config.require("kubeconfig"),
  context: config.get("context") || undefined,
});

const claw = new ZeroTrustOpenClaw(
  "assistant",
  {
    platform: kubernetes({ apiServer: { addresses: [config.get("apiServer") ?? "10.0.0.1/32"] } }),
    publicUrl: "https://openclaw.example.com",
    identityProvider: {
      issuer: "https://login.example.com",
      clientId: "openclaw",
      clientSecret: config.requireSecret("clientSecret"),
      // Left out, they are asked for during the deployment.
      endpoints: {
        authorization: "https://login.example.com/authorize",
        token: "https://login.example.com/token",
        jwks: "https://login.example.com/keys",
      },
    },
    roles: {
      admin: { groups: ["platform-admins"], requireMfa: true },
      operator: { groups: ["support"] },
      viewer: { groups: ["everyone"] },
    },
    models: [{ provider: "openai", apiKey: config.requireSecret("openaiApiKey") }],
  },
  { providers: [cluster] },
);

export const url = claw.url;
export const diagram = claw.diagram;
