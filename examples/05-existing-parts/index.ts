/**
 * OpenClaw in a company's cluster, around what is there already: two of the company's namespaces, its issuer of certificates, its ingress
 * controller, and a Secret that somebody else keeps. `docs/kubernetes.md` says what the company then answers for.
 *
 *     pulumi stack init team
 *     pulumi config set kubeconfig ~/.kube/config
 *     pulumi config set --secret clientSecret      # asks for it
 *     pulumi up
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { kubernetes, ZeroTrustOpenClaw } from "../../lib";

const config = new pulumi.Config();
const cluster = new k8s.Provider("cluster", { kubeconfig: config.require("kubeconfig") });

/** Read at each deployment, and never written. A preview needs the cluster for it. */
const keys = k8s.core.v1.Secret.get("model-keys", "platform/model-keys", { provider: cluster });
const apiKey = pulumi.secret(
  keys.data.apply((data) => {
    if (data && !data["openai-api-key"]) throw new Error("Secret platform/model-keys has no openai-api-key");
    return Buffer.from(data?.["openai-api-key"] ?? "", "base64").toString();
  }),
);

const claw = new ZeroTrustOpenClaw(
  "assistant",
  {
    platform: kubernetes({
      apiServer: { addresses: ["10.0.0.1/32"] },
      // Both enforce Pod Security "restricted". Pods of others in them stay as they are, and reach none of ours.
      existingNamespaces: { public: "assistant-dmz", egress: "assistant-outbound" },
      // Signs for others too; who may ask it for our names is ruled.
      certManager: {
        issuer: { name: "company-internal", roots: [readFileSync(join(__dirname, "company-root.pem"), "utf8")] },
      },
      entrance: {
        kind: "ingress",
        className: "nginx",
        // Its controller runs with --enable-ssl-passthrough: TLS is ended by the edge and by nobody before it.
        annotations: { "nginx.ingress.kubernetes.io/ssl-passthrough": "true" },
        proxy: { namespace: "ingress-nginx", labels: { "app.kubernetes.io/component": "controller" } },
      },
    }),
    publicUrl: "https://openclaw.example.com",
    // Nobody else under the company's roots has it.
    trustDomain: "assistant.example.com",
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
    roles: {
      admin: { groups: ["platform-admins"], requireMfa: true },
      operator: { groups: ["support"] },
    },
    models: [{ provider: "openai", apiKey }],
  },
  { providers: [cluster] },
);

export const url = claw.url;
/** The company's root: browsers that know it need nothing else. */
export const trustBundle = claw.trustBundle;
