import * as pulumi from "@pulumi/pulumi";
import type { ZeroTrustOpenClawArgs } from "../../../lib";

class ZeroTrustOpenClaw extends pulumi.ComponentResource {
  declare readonly url: pulumi.Output<string>;
  declare readonly diagram: pulumi.Output<string>;

  constructor(name: string, args: ZeroTrustOpenClawArgs, opts?: pulumi.ComponentResourceOptions) {
    const outputs = { url: undefined, diagram: undefined, trustBundle: undefined, demoUsers: undefined };
    super("zero-trust-openclaw:index:ZeroTrustOpenClaw", name, { ...args, ...outputs }, opts, true);
  }
}

const config = new pulumi.Config();
const claw = new ZeroTrustOpenClaw("assistant", {
  platform: { docker: {} },
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
  roles: { admin: { groups: ["platform-admins"], requireMfa: true }, viewer: { groups: ["everyone"] } },
  models: [{ provider: "openai", apiKey: config.requireSecret("openaiApiKey") }],
});

export const url = claw.url;
export const diagram = claw.diagram;
