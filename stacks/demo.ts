import type { RoleArgs } from "../lib";

/** Roles and people of the demo identity provider. */
export const DEMO_ROLES = {
  admin: { groups: ["openclaw-admins"], requireMfa: true, adminEmails: ["alice@example.com"] },
  operator: { groups: ["openclaw-operators"] },
  viewer: { groups: ["openclaw-viewers"] },
} satisfies Record<string, RoleArgs>;

export const DEMO_PEOPLE = [
  { email: "alice@example.com", name: "Alice", role: "admin", secondFactor: true },
  { email: "bob@example.com", name: "Bob", role: "operator" },
  { email: "carol@example.com", name: "Carol", role: "viewer" },
] as const;

/** The people, as the demo identity provider is told about them. */
export const DEMO_USERS = DEMO_PEOPLE.map(({ role, ...user }) => ({ ...user, groups: DEMO_ROLES[role].groups }));

/** What a person is, by address. */
export function demoRole(email: string): string | undefined {
  return DEMO_PEOPLE.find((user) => user.email === email)?.role;
}
