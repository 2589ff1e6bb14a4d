import { docker, type ModelArgs, type RoleArgs, ZeroTrustOpenClaw } from "../lib";
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
export function laptop({ publicUrl, addresses, instance, openai, agent, images }: LaptopConfig) {
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
    demo: { users: USERS.map(({ role, ...user }) => ({ ...user, groups: ROLES[role].groups })) },
    stateVolume: `zero-trust-openclaw-${instance}-state`,
    images: {
      envoy: images.envoy,
      openclaw: images.openclaw,
      demoIdentityProvider: images.demoIdentityProvider,
      demoModel: images.demoModel,
      policyAdministrator: images.policyAdministrator,
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
