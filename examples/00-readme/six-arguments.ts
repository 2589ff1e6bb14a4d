import * as pulumi from "@pulumi/pulumi";
import { docker, ZeroTrustOpenClaw } from "../../lib";

const config = new pulumi.Config();

const claw = new ZeroTrustOpenClaw("assistant", {
  platform: docker(),
  publicUrl: "https://openclaw.example.com",
  identityProvider: {
    issuer: "https://login.example.com",
    clientId: "openclaw",
    clientSecret: config.requireSecret("clientSecret"),
  },
  roles: {
    admin: { groups: ["platform-admins"], requireMfa: true },
    operator: { groups: ["support"] },
    viewer: { groups: ["everyone"] },
  },
  models: [{ provider: "openai", apiKey: config.requireSecret("openaiApiKey") }],
});

export const url = claw.url;
