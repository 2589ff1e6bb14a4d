import { suggest } from "../lib/perimeter";
import { matchesAny } from "./readers/patterns";
import { list, record, text } from "./readers/values";
import type { Resource } from "./rule";

/** What a rule may not find fault with. */
export interface Exceptions {
  /** What is wrong with the list itself, one sentence each. */
  problems: string[];
  covers(rule: string, resource: Pick<Resource, "urn" | "name">): boolean;
}

export const NO_EXCEPTIONS: Exceptions = { problems: [], covers: () => false };

const KEYS = ["rule", "resource", "reason", "expires"];

/**
 * Reads a list of `{ rule, resource, reason, expires }`. One that is not whole, or is over, excepts nothing. Pure.
 * @param today as `2027-01-31`
 */
export function readExceptions(given: unknown, rules: string[], today: string): Exceptions {
  const entries = list(given).map((one, i) => {
    const entry = record(one);
    return { entry, problems: problemsOf(entry, rules, today).map((problem) => `exception ${i + 1}: ${problem}`) };
  });
  const good = entries.filter(({ problems }) => problems.length === 0).map(({ entry }) => entry);
  return {
    problems: [
      ...(given === undefined || Array.isArray(given) ? [] : ["the exceptions are no list; write [ { … } ]"]),
      ...entries.flatMap(({ problems }) => problems),
    ],
    covers: (rule, { urn, name }) =>
      good.some((one) => one.rule === rule && [urn, name].some((own) => matchesAny(own, [one.resource as string]))),
  };
}

function problemsOf(entry: Record<string, unknown>, rules: string[], today: string): string[] {
  const [rule, resource, reason, expires] = KEYS.map((key) => text(entry[key])?.trim() ?? "") as [
    string,
    string,
    string,
    string,
  ];
  const unknownKeys = Object.keys(entry).filter((key) => !KEYS.includes(key));
  const about = `for "${rule}" on "${resource}"`;
  return [
    ...unknownKeys.map((key) => `has an unknown key "${key}"; ${suggest(key, KEYS)}`),
    ...(rule === "" ? ["names no rule"] : []),
    ...(rule !== "" && !rules.includes(rule) ? [`there is no rule "${rule}"; ${suggest(rule, rules)}`] : []),
    ...(resource === "" ? ["names no resource; give a URN, or a name, in which * stands for anything"] : []),
    ...(resource !== "" && !/[a-z0-9]/i.test(resource)
      ? [`"${resource}" is every resource; name those that cannot keep the rule, or set the rule's level`]
      : []),
    ...(reason === "" ? [`${about} gives no reason; say why the rule cannot be kept there`] : []),
    ...(isDate(expires) ? [] : [`${about} has no date when it ends; give expires as 2027-01-31`]),
    ...(isDate(expires) && expires < today
      ? [`${about} ended on ${expires}; keep the rule now, or decide anew with a new date`]
      : []),
  ];
}

function isDate(given: string): boolean {
  const date = new Date(`${given}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(given) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(given);
}
