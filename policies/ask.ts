import { readExceptions } from "./exceptions";
import { defaults, type Level, type Resource, type Rule } from "./rule";

/** What a rule says of a resource. */
export interface Answer {
  rule: Rule;
  level: Level;
  resource: Resource;
  message: string;
}

/**
 * Asks rules without an engine, with their own settings and levels; of a configuration the exceptions are read.
 * @param today as `2027-01-31`
 */
export function ask(rules: Rule[], resources: Resource[], accepted: unknown, today: string): Answer[] {
  const { covers } = readExceptions(
    accepted,
    rules.map(({ id }) => id),
    today,
  );
  return rules.flatMap((rule) => {
    const findings =
      "check" in rule
        ? resources.flatMap((resource) =>
            rule.check(resource, defaults(rule)).map((message) => ({ resource, message })),
          )
        : rule.checkStack(resources, defaults(rule));
    return findings
      .filter(({ resource }) => !covers(rule.id, resource))
      .map((finding) => ({ rule, level: rule.level, ...finding }));
  });
}
