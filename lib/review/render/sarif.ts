import { fingerprint } from "../digest";
import { RULE_IDS, RULES, type RuleId } from "../rules";
import type { Finding, Review, Severity } from "../types";
import { visible } from "../visible";
import { harmlessJson } from "./harmless";
import { listed } from "./summary";

export interface SarifOptions {
  /**
   * The file findings are attached to, by its path in the repository, because code scanning shows none without a file.
   * @default "Pulumi.yaml"
   */
  uri?: string;
}

const LEVELS: Record<Severity, "error" | "warning" | "note"> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
  info: "note",
};

/** What GitHub ranks alerts by: from 9.0 critical, from 7.0 high, from 4.0 medium, from 0.1 low. */
const SCORES: Partial<Record<Severity, string>> = { critical: "9.5", high: "8.0", medium: "5.5", low: "2.0" };

/** As many results as GitHub takes from one run. */
const MOST = 25_000;
/** What is shown of a list. */
const SHOWN = 10;

/**
 * A review as SARIF 2.1.0, for code scanning. A first deployment has no results, because nothing in it is a change. Fingerprints stay the
 * same as long as rule and subject do, so that a dismissed alert stays dismissed.
 *
 * @example
 * writeFileSync("perimeter.sarif", toSarif(review, { uri: "index.ts" }));
 */
export function toSarif({ first, findings }: Review, { uri = "Pulumi.yaml" }: SarifOptions = {}): string {
  const results = first ? [] : findings;
  const left = results.length - MOST;
  const run = {
    tool: {
      driver: {
        name: "zero-trust-openclaw perimeter review",
        rules: RULE_IDS.map(describe),
      },
    },
    results: results.slice(0, MOST).map((finding) => result(finding, uri)),
    ...(left > 0 ? { invocations: [cutShort(left)] } : {}),
    columnKind: "utf16CodeUnits",
  };
  return harmlessJson({ $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] });
}

function describe(id: RuleId): object {
  const { severity, title, reason } = RULES[id];
  const score = SCORES[severity];
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: reason },
    help: { text: `${title}. ${reason}` },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { tags: ["security"], ...(score === undefined ? {} : { "security-severity": score }) },
  };
}

function result(finding: Finding, uri: string): object {
  const { rule, severity, title, reason, subject, before, after } = finding;
  const change = (word: string, items: string[]) =>
    items.length > 0 ? [`${word}: ${listed(items, SHOWN).map(plain).join("; ")}.`] : [];
  return {
    ruleId: rule,
    ruleIndex: RULE_IDS.indexOf(rule as RuleId),
    level: LEVELS[severity],
    message: {
      text: [
        `${title}: ${plain(visible(subject))}.`,
        ...change("Before", before),
        ...change("Now", after),
        reason,
      ].join(" "),
    },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: encodeURI(uri) }, region: { startLine: 1 } },
        logicalLocations: [{ fullyQualifiedName: visible(subject) }],
      },
    ],
    partialFingerprints: { "perimeterReview/v1": fingerprint(finding) },
  };
}

/** Square brackets would be a link in a message, and curly ones a placeholder. */
function plain(text: string): string {
  return text.replace(/[[\]\\]/g, "\\$&").replace(/[{}]/g, "$&$&");
}

function cutShort(left: number): object {
  const text = `${left} results of the least severity are left out; the JSON has all.`;
  return { executionSuccessful: true, toolExecutionNotifications: [{ level: "warning", message: { text } }] };
}
