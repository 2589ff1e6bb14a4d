import { RULE_IDS, RULES, type RuleId } from "./rules";
import type { Finding } from "./types";

/** What differs in one respect: a rule's finding on a subject. */
export function finding(rule: RuleId, subject: string, before: string[] = [], after: string[] = []): Finding {
  const { severity, title, reason } = RULES[rule];
  return { rule, severity, title, reason, subject, before, after };
}

const rank = new Map<string, number>(RULE_IDS.map((rule, i) => [rule, i]));

/** The worst first, then by rule and subject; whatever order the findings came in. */
export function ordered(findings: Finding[]): Finding[] {
  return findings.sort(
    (one, other) => (rank.get(one.rule) ?? 0) - (rank.get(other.rule) ?? 0) || byText(one.subject, other.subject),
  );
}

/** The same on every machine, unlike an order by language. */
export function byText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Each text once, in order. */
export function sorted(texts: Iterable<string>): string[] {
  return [...new Set(texts)].sort(byText);
}

/** What is in a list and not in the other, in order. */
export function missing(from: Iterable<string>, other: Iterable<string>): string[] {
  const known = new Set(other);
  return sorted([...from].filter((text) => !known.has(text)));
}
