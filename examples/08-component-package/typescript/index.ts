/**
 * The component from its package, as another language's program has it: the engine starts `plugin/` and lets it make everything. `pulumi
 * package add` writes a class like the one below, in your language, with types; here it is written by hand and small, so that the tests
 * can go the whole way through the engine without one.
 *
 *     pulumi stack init team
 *     pulumi config set kubeconfig ~/.kube/config
 *     pulumi config set --secret clientSecret
 *     pulumi config set --secret openaiApiKey
 *     pulumi up
 */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ZeroTrustOpenClawArgs } from "../../../lib";

class ZeroTrustOpenClaw extends pulumi.ComponentResource {
  declare readonly url: pulumi.Output<string>;
  declare readonly diagram: pulumi.Output<string>;

  constructor(name: string, args: ZeroTrustOpenClawArgs, opts: pulumi.ComponentResourceOptions) {
    const outputs = { url: undefined, diagram: undefined };
    super("zero-trust-openclaw:index:ZeroTrustOpenClaw", name, { ...args, ...outputs }, opts, true);
  }
}

const config = new pulumi.Config();
const cluster = new k8s.Provider("cluster", { kubeconfig: config.require("kubeconfig") });
const claw = new ZeroTrustOpenClaw(
  "assistant",
  {
    platform: { kubernetes: { apiServer: { addresses: ["10.0.0.1/32"] } } },
    publicUrl: config.get("publicUrl") ?? "https://openclaw.example.com",
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
      viewer: { groups: ["everyone"] },
    },
    models: [{ provider: "openai", apiKey: config.requireSecret("openaiApiKey") }],
  },
  { providers: [cluster] },
);

export const url = claw.url;
export const diagram = claw.diagram;
