/** What OpenClaw knows as operator scopes (2026.9.x). */
export const SCOPES = [
  "operator.admin",
  "operator.read",
  "operator.write",
  "operator.sessions.read",
  "operator.sessions.write",
  "operator.approvals",
  "operator.questions",
  "operator.pairing",
  "operator.talk",
  "operator.talk.secrets",
] as const;

/** Who has a role and what it allows, with nothing left open. A person in several roles has all their scopes. */
export interface Role {
  name: string;
  /** Members, by what the identity provider's token says: any of these. */
  groups: string[];
  emails: string[];
  domains: string[];
  clients: string[];
  requireMfa: boolean;
  scopes: string[];
  /** RFC 3339, UTC; undefined for a role without an end. */
  expiresAt?: string;
  adminEmails: string[];
}
