import { docker, LoginKind, type ModelArgs, type RoleArgs, ZeroTrustOpenClaw } from "../lib";
import type { LaptopConfig } from "./config";

const ROLES = {
  admin: { groups: ["openclaw-admins"], requireMfa: true, adminEmails: ["alice@example.com"] },
  operator: { groups: ["openclaw-operators"] },
  viewer: { groups: ["openclaw-viewers"] },
} satisfies Record<string, RoleArgs>;

const USERS = [
  { email: "alice@example.com", name: "Alice", role: "admin", secondFactor: true },
  { email: "bob@example.com", name: "Bob", role: "operator" },
  { email: "carol@example.com", name: "Carol", role: "viewer" },
] as const;

/** Everything on one machine: a demo identity provider, and a demo model unless there is a key for a real one. */
export function laptop({
  publicUrl,
  addresses,
  instance,
  openai,
  agent,
  login,
  rateLimits,
  demo,
  images,
}: LaptopConfig) {
  const models: ModelArgs[] = openai ? [{ provider: "openai", ...openai }] : [];
  const claw = new ZeroTrustOpenClaw("assistant", {
    platform: docker({
      addresses,
      toolsImage: images.workloadTools,
      labels: { "zero-trust-openclaw.stack": instance },
    }),
    publicUrl,
    roles: ROLES,
    models,
    agent,
    login: { engine: login, ...(login === LoginKind.OAuth2Proxy ? { refreshSeconds: refreshSeconds(demo) } : {}) },
    rateLimits,
    demo: {
      identityProvider: demo,
      users: USERS.map(({ role, ...user }) => ({ ...user, groups: ROLES[role].groups })),
    },
    stateVolume: `zero-trust-openclaw-${instance}-state`,
    images: {
      envoy: images.envoy,
      openclaw: images.openclaw,
      demoIdentityProvider: images.demoIdentityProvider,
      demoModel: images.demoModel,
      policyAdministrator: images.policyAdministrator,
      oauth2Proxy: images.oauth2Proxy,
      sessionStore: images.sessionStore,
    },
  });
  return {
    url: claw.url,
    trustBundle: claw.trustBundle,
    users: claw.demoUsers.apply((users) =>
      users.map(({ email, password, totp }) => ({
        email,
        password,
        totp,
        role: USERS.find((user) => user.email === email)?.role,
      })),
    ),
    perimeter: claw.perimeter,
    diagram: claw.diagram,
    agentPosture: claw.agentPosture,
    images,
  };
}

/** Well before the token ends, however short it lives. */
function refreshSeconds({ tokenSeconds = 600 }: LaptopConfig["demo"]): number {
  return Math.max(1, Math.min(60, Math.floor(tokenSeconds / 2)));
}
