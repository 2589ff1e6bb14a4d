/**
 * OpenClaw in a company's cluster, around what is there already: two of the company's namespaces, its issuer of certificates, its ingress
 * controller, its store of secrets, and a Secret that somebody keeps. `docs/kubernetes.md` says what the company then answers for.
 *
 *     pulumi stack init team
 *     pulumi config set kubeconfig ~/.kube/config
 *     pulumi up
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { kubernetes, ZeroTrustOpenClaw } from "../../lib";

const config = new pulumi.Config();
const cluster = new k8s.Provider("cluster", { kubeconfig: config.require("kubeconfig") });

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
      // Nothing secret is in this program, its settings or its state: the operator of External Secrets brings two credentials to the
      // edge, and whoever keeps Secret "model-keys" in assistant-outbound has put the third there.
      externalSecrets: {
        store: { name: "company" },
        values: {
          "client-secret": { key: "openclaw/login", property: "client-secret" },
          "cookie-key": { key: "openclaw/login", property: "cookie-key" },
        },
      },
      existingSecrets: { "model-openai": { name: "model-keys", key: "openai-api-key" } },
      requireSecretStore: true,
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
    models: [{ provider: "openai" }],
  },
  { providers: [cluster] },
);

export const url = claw.url;
/** The company's root: browsers that know it need nothing else. */
export const trustBundle = claw.trustBundle;
