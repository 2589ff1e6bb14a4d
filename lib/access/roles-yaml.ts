import * as pulumi from "@pulumi/pulumi";
import { yaml } from "../internal/yaml";
import { suggest } from "../perimeter";
import { SCOPES } from "./role";
import type { RoleArgs } from "./roles";

/** What other systems call an action, and OpenClaw's scope for it. */
const SCOPE_FOR_ACTION: Record<string, string> = {
  read: "operator.read",
  list: "operator.read",
  view: "operator.read",
  write: "operator.write",
  create: "operator.write",
  update: "operator.write",
  delete: "operator.write",
  approve: "operator.approvals",
  admin: "operator.admin",
  "*": "operator.admin",
};

/**
 * Reads a `roles.yaml` that lists scopes by role, each role being held by the identity provider's group of the same name. `"*"` stands
 * for all scopes. Scopes OpenClaw does not have are refused, with the one to use instead: what they were meant to protect is not there.
 *
 * Serves requirements 4 and 5.
 *
 * @throws InputPropertyError for text that is no such file
 * @throws InputPropertiesError naming every scope OpenClaw does not have
 * @example
 * new ZeroTrustOpenClaw("assistant", { …, roles: importRoles(readFileSync("roles.yaml", "utf8")) });
 */
export function importRoles(text: string): Record<string, RoleArgs> {
  const roles = Object.entries(readMap(text));
  const errors = roles.flatMap(([name, scopes]) =>
    scopes.filter(isForeign).map((scope) => ({ propertyPath: `roles.${name}`, reason: insteadOf(scope) })),
  );
  if (errors.length > 0) throw new pulumi.InputPropertiesError({ message: "roles.yaml is not usable", errors });
  return Object.fromEntries(
    roles.map(([name, scopes]) => [name, { groups: [name], scopes: scopes.includes("*") ? [...SCOPES] : scopes }]),
  );
}

function readMap(text: string): Record<string, string[]> {
  let roles: unknown;
  try {
    roles = yaml().parse(text);
  } catch (error) {
    throw refuse(`is no YAML: ${(error as Error).message.split("\n")[0]}`);
  }
  const isMap = typeof roles === "object" && roles !== null && !Array.isArray(roles);
  const lists = isMap ? Object.values(roles as object) : [];
  const isText = (one: unknown) => typeof one === "string";
  if (!isMap || !lists.every((list) => Array.isArray(list) && list.length > 0 && list.every(isText))) {
    throw refuse('is not a list of scopes by role; write it as viewer: ["operator.read"]');
  }
  return roles as Record<string, string[]>;
}

function isForeign(scope: string): boolean {
  return scope !== "*" && !(SCOPES as readonly string[]).includes(scope);
}

function insteadOf(scope: string): string {
  const action = scope.split(/[:.]/).at(-1) ?? "";
  const nearest = Object.hasOwn(SCOPE_FOR_ACTION, action) ? SCOPE_FOR_ACTION[action] : undefined;
  const advice = nearest && !scope.startsWith("operator.") ? `use "${nearest}"` : suggest(scope, SCOPES);
  return `OpenClaw has no scope "${scope}"; ${advice}`;
}

function refuse(reason: string): Error {
  return new pulumi.InputPropertyError({ propertyPath: "roles", reason });
}
