/**
 * OpenClaw whose certificates come from a CA that the platform team has in a stack of its own. That stack puts out an intermediate for
 * this deployment: `intermediateCertificate` (the intermediate, then what stands between it and a root), `intermediateKey` (a secret) and
 * `roots`. The root's key is never seen here; what does not fit together is refused, naming what.
 *
 * Secrets stay secret across stacks if each is an output of its own: an object that mixes them with others turns secret as a whole.
 *
 *     pulumi stack init team
 *     pulumi config set platformStack organization/platform/production
 *     pulumi config set kubeconfig ~/.kube/config
 *     pulumi config set --secret clientSecret
 *     pulumi config set --secret openaiApiKey
 *     pulumi up
 */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { kubernetes, ZeroTrustOpenClaw } from "../../lib";

const config = new pulumi.Config();
const cluster = new k8s.Provider("cluster", { kubeconfig: config.require("kubeconfig") });
const platform = new pulumi.StackReference(config.require("platformStack"));
const text = (name: string) => platform.requireOutput(name) as pulumi.Output<string>;

const claw = new ZeroTrustOpenClaw(
  "assistant",
  {
    platform: kubernetes({ apiServer: { addresses: ["10.0.0.1/32"] } }),
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
    certificateAuthority: {
      existing: {
        certificate: text("intermediateCertificate"),
        privateKey: text("intermediateKey"),
        roots: text("roots"),
      },
    },
  },
  { providers: [cluster] },
);

export const url = claw.url;
export const trustBundle = claw.trustBundle;
