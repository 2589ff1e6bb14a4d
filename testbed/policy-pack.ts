/** The policy pack in a preview: how the engine is told of it, and how its rules are asked where there is no engine. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ask } from "../policies/ask";
import { today } from "../policies/clock";
import { revealed, UNKNOWN } from "../policies/readers/values";
import { RULES } from "../policies/rules";
import type { PlannedResource, Violation } from "../review/events";
import { repository } from "./paths";

const PACK = join(repository, "policies");
/** By this the engine's library marks what is not known before a deployment. */
const UNKNOWN_MARK = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Where the committed configuration of a stack's policies is. */
export const policyConfig = (stack: string): string => join(PACK, "config", `${stack}.json`);

/** Flags of `pulumi preview` by which the pack is asked. */
export function policyFlags({ config, pack = PACK }: { config: string; pack?: string }): string[] {
  return ["--policy-pack", pack, "--policy-pack-config", config];
}

/** What the rules say of resources that no engine has seen. */
export function violationsOf(stack: string, resources: readonly PlannedResource[]): Violation[] {
  const { exceptions } = JSON.parse(readFileSync(policyConfig(stack), "utf8")) as {
    exceptions?: { accepted?: unknown };
  };
  const all = resources.map(({ type, name, urn, inputs }) => ({ type, name, urn, props: revealed(unmarked(inputs)) }));
  return ask(RULES, all, exceptions?.accepted, today()).map(({ rule, level, resource, message }) => ({
    policy: rule.id,
    level,
    resource: resource.urn,
    message,
  }));
}

function unmarked<T>(value: T): T {
  if (typeof value === "string" && value.includes(UNKNOWN_MARK)) return UNKNOWN as T;
  if (Array.isArray(value)) return value.map(unmarked) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, unmarked(one)])) as T;
}
