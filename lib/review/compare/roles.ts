import type { Role } from "../../access/role";
import { finding, missing, sorted } from "../findings";
import { pairs } from "../side";
import type { Finding } from "../types";

const ADMIN = "operator.admin";

/** Who may do what. */
export function compareRoles(before: readonly Role[], after: readonly Role[]): Finding[] {
  const findings: Finding[] = [];
  for (const [, was, is] of pairs(named(before), named(after))) {
    if (was !== undefined && is !== undefined) findings.push(...compareRole(was, is));
    else if (was !== undefined) findings.push(finding("role-removed", subjectOf(was), described(was)));
    else if (is !== undefined) {
      const rule = is.scopes.includes(ADMIN) ? "role-admin-added" : "role-added";
      findings.push(finding(rule, subjectOf(is), [], described(is)));
    }
  }
  return findings;
}

function compareRole(was: Role, is: Role): Finding[] {
  const name = subjectOf(is);
  const scopes = missing(is.scopes, was.scopes);
  const domains = missing(is.domains, was.domains);
  const members = missing(membersOf(is), membersOf(was));
  const admins = missing(is.adminEmails, was.adminEmails);
  const less = narrower(was, is);
  return [
    ...(scopes.length > 0 ? [finding("role-scopes-widened", name, sorted(was.scopes), scopes)] : []),
    ...(was.requireMfa && !is.requireMfa
      ? [finding("role-mfa-dropped", name, ["second factor required"], ["none required"])]
      : []),
    ...(domains.length > 0 ? [finding("role-domain-added", name, sorted(was.domains), domains)] : []),
    ...(members.length > 0 ? [finding("role-members-added", name, membersOf(was), members)] : []),
    ...(admins.length > 0 ? [finding("role-admins-added", name, sorted(was.adminEmails), admins)] : []),
    ...(end(is) > end(was) ? [finding("role-expiry-later", name, [expiry(was)], [expiry(is)])] : []),
    ...(less.length > 0 ? [finding("role-narrowed", name, [], less)] : []),
  ];
}

function narrower(was: Role, is: Role): string[] {
  return [
    ...missing(was.scopes, is.scopes).map((scope) => `no longer ${scope}`),
    ...missing(membersOf(was), membersOf(is)).map((member) => `no longer ${member}`),
    ...missing(was.domains, is.domains).map((domain) => `no longer domain ${domain}`),
    ...missing(was.adminEmails, is.adminEmails).map((email) => `no longer ${email} as admin of the Control UI`),
    ...(is.requireMfa && !was.requireMfa ? ["second factor required"] : []),
    ...(end(is) < end(was) ? [expiry(is)] : []),
  ];
}

/** Single members and groups; a domain is told apart, for it has members nobody named. */
function membersOf({ groups, emails, clients }: Role): string[] {
  return [
    ...sorted(groups).map((group) => `group ${group}`),
    ...sorted(emails).map((email) => `person ${email}`),
    ...sorted(clients).map((client) => `program ${client}`),
  ];
}

function described(role: Role): string[] {
  return [
    ...membersOf(role),
    ...sorted(role.domains).map((domain) => `domain ${domain}`),
    ...sorted(role.scopes),
    ...(role.requireMfa ? ["second factor required"] : []),
    ...(role.expiresAt === undefined ? [] : [expiry(role)]),
  ];
}

function end({ expiresAt }: Role): number {
  return expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
}

function expiry({ expiresAt }: Role): string {
  return expiresAt === undefined ? "without end" : `until ${expiresAt}`;
}

function subjectOf({ name }: Role): string {
  return `role ${name}`;
}

function named(roles: readonly Role[]): Map<string, Role> {
  return new Map(roles.map((role) => [role.name, role]));
}
