import type { Policies, PolicyConfigSchema, ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { suggest } from "../lib/perimeter";
import { NO_EXCEPTIONS, readExceptions } from "./exceptions";
import { revealed } from "./readers/values";
import { defaults, type Resource, type ResourceRule, type Rule, type StackRule } from "./rule";

/** Under this name the configuration lists exceptions, and what is wrong with them is reported. */
export const EXCEPTIONS = "exceptions";

/** There is one of these in each stack, for which is reported what is wrong with the configuration. */
const STACK = "pulumi:pulumi:Stack";

/**
 * The rules as the engine wants them, and before them a policy that reads the exceptions. The engine asks the policies of a pack one
 * after the other for each resource, so that the exceptions are known when the first rule is asked.
 *
 * @example
 * { "exceptions": { "accepted": [{ "rule": "root-container", "resource": "legacy-*", "reason": "…", "expires": "2027-01-31" }] } }
 */
export function policies(rules: Rule[], today: () => string): Policies {
  const ids = rules.map(({ id }) => id);
  let exceptions = NO_EXCEPTIONS;
  const covered = (rule: Rule, resource: Resource) => exceptions.covers(rule.id, resource);
  const reader: ResourceValidationPolicy = {
    name: EXCEPTIONS,
    description: "Every exception names a rule and a resource, says why, and ends.",
    enforcementLevel: "mandatory",
    severity: "high",
    configSchema: {
      properties: {
        accepted: {
          description:
            "Exceptions: { rule, resource, reason, expires }; the resource is a URN or a name, with * for anything",
          default: [],
        },
      },
    },
    validateResource: ({ type, getConfig }, report) => {
      exceptions = readExceptions(getConfig<{ accepted?: unknown }>().accepted, ids, today());
      if (type === STACK) for (const problem of exceptions.problems) report(problem);
    },
  };
  return [reader, ...rules.map((rule) => ("check" in rule ? alone(rule, covered) : together(rule, covered)))];
}

type Covered = (rule: Rule, resource: Resource) => boolean;

function alone(rule: ResourceRule, covered: Covered): ResourceValidationPolicy {
  return {
    ...described(rule),
    validateResource: ({ type, name, urn, props, getConfig }, report) => {
      const resource = { type, name, urn, props: revealed(props) };
      if (type === STACK) for (const problem of unknownSettings(rule, getConfig())) report(problem);
      if (covered(rule, resource)) return;
      for (const message of rule.check(resource, { ...defaults(rule), ...getConfig() })) report(message);
    },
  };
}

function together(rule: StackRule, covered: Covered): StackValidationPolicy {
  return {
    ...described(rule),
    validateStack: ({ resources, getConfig }, report) => {
      const all = resources.map(({ type, name, urn, props }) => ({ type, name, urn, props: revealed(props) }));
      const stack = resources.find(({ type }) => type === STACK)?.urn;
      for (const problem of unknownSettings(rule, getConfig())) report(problem, stack);
      for (const { resource, message } of rule.checkStack(all, { ...defaults(rule), ...getConfig() }))
        if (!covered(rule, resource)) report(message, resource.urn);
    },
  };
}

/** The engine looks at settings it knows only, and a mistyped one would be without effect. */
function unknownSettings({ settings = {} }: Rule, given: object): string[] {
  const known = Object.keys(settings);
  return Object.keys(given)
    .filter((key) => !known.includes(key))
    .map((key) => `there is no setting "${key}"; ${known.length > 0 ? suggest(key, known) : "this rule has none"}`);
}

function described({ id, level, severity, description, why, controls, settings }: Rule) {
  const tenets = controls.sp800207.map((tenet) => `tenet ${tenet}`).join(", ");
  return {
    name: id,
    description: `${description} ${why}`,
    enforcementLevel: level,
    severity,
    tags: [...controls.sp80053, ...controls.iso27001],
    framework: { name: "NIST SP 800-207", version: "2020", reference: tenets, specification: description },
    ...(settings ? { configSchema: { properties: settings } satisfies PolicyConfigSchema } : {}),
  };
}
