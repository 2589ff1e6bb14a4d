import * as pulumi from "@pulumi/pulumi";
import { unknownName } from "../perimeter";
import { type Role, SCOPES } from "./role";

const OPERATOR_SCOPES = ["operator.read", "operator.write", "operator.approvals", "operator.questions"];

/** Scopes of the roles everybody knows; a role of another name says its own. */
const DEFAULT_SCOPES: Record<string, string[]> = {
  admin: ["operator.admin", ...OPERATOR_SCOPES, "operator.pairing"],
  operator: OPERATOR_SCOPES,
  viewer: ["operator.read"],
};

/**
 * Who has a role, and what it allows. Whoever fits any of `groups`, `emails`, `domains` or `clients` has it; a person in several roles
 * may do what any of them allows.
 */
export interface RoleArgs {
  /**
   * Groups of the identity provider whose members have the role.
   * @default - none
   */
  groups?: string[];
  /**
   * Verified e-mail addresses, exactly as the provider writes them.
   * @default - none
   */
  emails?: string[];
  /**
   * Everybody whose verified address is in one of these domains, such as `"example.com"`.
   * @default - none
   */
  domains?: string[];
  /**
   * Programs with client credentials, by the token's `azp` (or `client_id`). A program has no group and no second factor, so it must be
   * named here to get in at all.
   * @default - none
   */
  clients?: string[];
  /**
   * Refuse members whose sign-in had no second factor, by the token's `amr` or `acr`.
   * @default false
   */
  requireMfa?: boolean;
  /**
   * OpenClaw's operator scopes.
   * @default - those of `admin`, `operator` and `viewer`; required for a role of another name
   */
  scopes?: string[];
  /**
   * When the role ends, such as `"2026-12-01T00:00:00Z"`. From then on new requests are refused and open connections are cut.
   * @default - never
   */
  expiresAt?: string;
  /**
   * E-mail addresses of those members who may use `operator.admin` in the Control UI as well as over HTTP. OpenClaw grants it over
   * WebSocket by name only, never by group.
   * @default - none
   */
  adminEmails?: string[];
}

/**
 * Completes and checks the roles; the most powerful first.
 * @param what `scopes: false` for an application that is not OpenClaw and knows none of its scopes: a role says who gets in
 * @throws InputPropertiesError naming everything that is wrong with any role
 */
export function resolveRoles(args: Record<string, RoleArgs>, what: { scopes?: boolean } = {}): Role[] {
  const { scopes: known = true } = what;
  const roles = known ? args : withoutScopes(args);
  const problems = [
    ...(Object.keys(roles).length === 0 ? [NO_ROLES] : []),
    ...Object.entries(roles).flatMap(([name, role]) => problemsOf(`roles.${name}`, name, role)),
    ...(known ? [] : Object.entries(args).flatMap(refuseScopes)),
  ];
  if (problems.length > 0)
    throw new pulumi.InputPropertiesError({ message: "the roles are not usable", errors: problems });
  return Object.entries(roles)
    .map(([name, role]) => ({
      name,
      groups: role.groups ?? [],
      emails: role.emails ?? [],
      domains: role.domains ?? [],
      clients: role.clients ?? [],
      requireMfa: role.requireMfa ?? false,
      scopes: role.scopes ?? (DEFAULT_SCOPES[name] as string[]),
      expiresAt: role.expiresAt && new Date(role.expiresAt).toISOString(),
      adminEmails: role.adminEmails ?? [],
    }))
    .sort((a, b) => power(b) - power(a));
}

function withoutScopes(roles: Record<string, RoleArgs>): Record<string, RoleArgs> {
  return Object.fromEntries(Object.entries(roles).map(([name, role]) => [name, { ...role, scopes: [] }]));
}

function refuseScopes([name, { scopes }]: [string, RoleArgs]): Problem[] {
  return scopes ? problem(`roles.${name}.scopes`, "are OpenClaw's, and the application knows none; remove them") : [];
}

type Problem = { propertyPath: string; reason: string };
type Check = (path: string, name: string, role: RoleArgs) => Problem[];

const NO_ROLES: Problem = {
  propertyPath: "roles",
  reason: "no role is declared, so nobody could enter; declare at least one with its groups",
};

function problemsOf(path: string, name: string, role: RoleArgs): Problem[] {
  const checks: Check[] = [checkName, checkMembers, checkEntries, checkScopes, checkClients, checkEnd];
  return checks.flatMap((check) => check(path, name, role));
}

function checkName(path: string, name: string): Problem[] {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) return [];
  return problem(path, `"${name}" is no role name; use lower-case letters, digits and hyphens`);
}

function checkMembers(path: string, _name: string, { groups, emails, domains, clients }: RoleArgs): Problem[] {
  const members = [groups, emails, domains, clients].flatMap((list) => list ?? []);
  if (members.length > 0) return [];
  return problem(path, "a role without groups, emails, domains or clients has no members; name at least one");
}

const ENTRIES = {
  groups: { pattern: /^[^\p{Cc}]{1,256}$/u, example: "platform-admins" },
  emails: { pattern: /^[!-?A-~]+@[!-?A-~]+$/, example: "alice@example.com" },
  domains: { pattern: /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, example: "example.com" },
  clients: { pattern: /^[!-~]{1,256}$/, example: "nightly-report" },
  adminEmails: { pattern: /^[!-?A-~]+@[!-?A-~]+$/, example: "alice@example.com" },
} as const;

function checkEntries(path: string, _name: string, role: RoleArgs): Problem[] {
  return Object.entries(ENTRIES).flatMap(([key, { pattern, example }]) =>
    (role[key as keyof typeof ENTRIES] ?? [])
      .filter((entry) => !pattern.test(entry))
      .flatMap((entry) =>
        problem(`${path}.${key}`, `${JSON.stringify(entry)} cannot be one; write it as "${example}"`),
      ),
  );
}

function checkScopes(path: string, name: string, { scopes }: RoleArgs): Problem[] {
  if (!scopes && !DEFAULT_SCOPES[name]) {
    const known = Object.keys(DEFAULT_SCOPES).join(", ");
    return problem(`${path}.scopes`, `only ${known} have scopes of their own; list this role's scopes`);
  }
  return (scopes ?? [])
    .filter((scope) => !(SCOPES as readonly string[]).includes(scope))
    .flatMap((scope) => problem(`${path}.scopes`, unknownName("scope", scope, [...SCOPES])));
}

/** A program never becomes admin because a role of that name has the scopes by default. */
function checkClients(path: string, name: string, { clients = [], scopes, requireMfa }: RoleArgs): Problem[] {
  if (clients.length === 0) return [];
  const granted = scopes ?? DEFAULT_SCOPES[name] ?? [];
  const admin =
    !scopes && granted.includes("operator.admin")
      ? problem(
          `${path}.clients`,
          `a program is no admin by default; give it a role of its own, or list the scopes of "${name}"`,
        )
      : [];
  const mfa = requireMfa
    ? problem(
        `${path}.clients`,
        "a program has no second factor, so it could never enter; give it a role without requireMfa",
      )
    : [];
  return [...admin, ...mfa];
}

function checkEnd(path: string, _name: string, { expiresAt }: RoleArgs): Problem[] {
  const pattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
  if (expiresAt === undefined || (pattern.test(expiresAt) && !Number.isNaN(Date.parse(expiresAt)))) return [];
  return problem(`${path}.expiresAt`, `"${expiresAt}" is no time; write it as 2026-12-01T00:00:00Z, with its zone`);
}

function problem(propertyPath: string, reason: string): Problem[] {
  return [{ propertyPath, reason }];
}

function power(role: Role): number {
  return role.scopes.includes("operator.admin") ? SCOPES.length + 1 : role.scopes.length;
}
