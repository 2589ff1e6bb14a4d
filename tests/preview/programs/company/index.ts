import * as pulumi from "@pulumi/pulumi";
import { kubernetes, ZeroTrustOpenClaw } from "zero-trust-openclaw";

const claw = new ZeroTrustOpenClaw("assistant", {
  platform: kubernetes({ apiServer: { addresses: ["10.0.0.1/32"] } }),
  publicUrl: "https://openclaw.example.com",
  identityProvider: {
    issuer: "https://login.example.com",
    clientId: "openclaw",
    clientSecret: pulumi.secret("no real secret"),
    endpoints: {
      authorization: "https://login.example.com/authorize",
      token: "https://login.example.com/token",
      jwks: "https://login.example.com/keys",
    },
  },
  roles: { operator: { groups: ["support"] } },
  models: [{ provider: "openai", apiKey: pulumi.secret("no real key") }],
});

export const { url, snapshot } = claw;
