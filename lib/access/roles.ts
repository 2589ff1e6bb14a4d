import * as pulumi from "@pulumi/pulumi";
import { unknownName } from "../perimeter";

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

const OPERATOR_SCOPES = ["operator.read", "operator.write", "operator.approvals", "operator.questions"];

/** Scopes of the roles everybody knows; a role of another name says its own. */
const DEFAULT_SCOPES: Record<string, string[]> = {
  admin: ["operator.admin", ...OPERATOR_SCOPES, "operator.pairing"],
  operator: OPERATOR_SCOPES,
  viewer: ["operator.read"],
};

/** Who has a role, and what it allows. */
export interface RoleArgs {
  /** Groups of the identity provider whose members have the role. At least one. */
  groups: string[];
  /**
   * Refuse members whose sign-in had no second factor, by the token's `amr`.
   * @default false
   */
  requireMfa?: boolean;
  /**
   * OpenClaw's operator scopes.
   * @default - those of `admin`, `operator` and `viewer`; required for a role of another name
   */
  scopes?: string[];
  /**
   * E-mail addresses of those members who may use `operator.admin` in the Control UI as well as over HTTP. OpenClaw grants it over
   * WebSocket by name only, never by group.
   * @default - none
   */
  adminEmails?: string[];
}

/** A role with nothing left open. */
export interface Role {
  name: string;
  groups: string[];
  requireMfa: boolean;
  scopes: string[];
  adminEmails: string[];
}

/**
 * Completes and checks the roles; the most powerful first, because the first that matches a person counts.
 * @throws InputPropertiesError naming every role that is wrong
 */
export function resolveRoles(roles: Record<string, RoleArgs>): Role[] {
  const problems = [
    ...(Object.keys(roles).length === 0 ? [NO_ROLES] : []),
    ...Object.entries(roles).flatMap(problemsOf),
    ...sharedGroups(roles),
  ];
  if (problems.length > 0)
    throw new pulumi.InputPropertiesError({ message: "the roles are not usable", errors: problems });
  return Object.entries(roles)
    .map(([name, role]) => ({
      name,
      groups: role.groups,
      requireMfa: role.requireMfa ?? false,
      scopes: role.scopes ?? (DEFAULT_SCOPES[name] as string[]),
      adminEmails: role.adminEmails ?? [],
    }))
    .sort((a, b) => power(b) - power(a));
}

type Problem = { propertyPath: string; reason: string };

const NO_ROLES: Problem = {
  propertyPath: "roles",
  reason: "no role is declared, so nobody could enter; declare at least one with its groups",
};

function problemsOf([name, role]: [string, RoleArgs]): Problem[] {
  const path = `roles.${name}`;
  const problems: Problem[] = [];
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    problems.push({
      propertyPath: path,
      reason: `"${name}" is no role name; use lower-case letters, digits and hyphens`,
    });
  }
  if (role.groups.length === 0) {
    problems.push({
      propertyPath: `${path}.groups`,
      reason: "a role without groups has no members; name at least one group",
    });
  }
  if (!role.scopes && !DEFAULT_SCOPES[name]) {
    const known = Object.keys(DEFAULT_SCOPES).join(", ");
    problems.push({
      propertyPath: `${path}.scopes`,
      reason: `only ${known} have scopes of their own; list this role's scopes`,
    });
  }
  for (const scope of role.scopes ?? []) {
    if (!(SCOPES as readonly string[]).includes(scope)) {
      problems.push({ propertyPath: `${path}.scopes`, reason: unknownName("scope", scope, [...SCOPES]) });
    }
  }
  return problems;
}

function sharedGroups(roles: Record<string, RoleArgs>): Problem[] {
  const owner = new Map<string, string>();
  const problems: Problem[] = [];
  for (const [name, role] of Object.entries(roles)) {
    for (const group of role.groups) {
      const other = owner.get(group);
      if (other) {
        const reason = `group "${group}" has the role "${other}" already; a group has one role, so use one group per role`;
        problems.push({ propertyPath: `roles.${name}.groups`, reason });
      }
      owner.set(group, name);
    }
  }
  return problems;
}

function power(role: Role): number {
  return role.scopes.includes("operator.admin") ? SCOPES.length + 1 : role.scopes.length;
}
