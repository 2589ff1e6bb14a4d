/** The reviews of one or several stacks as one report, for people and for programs. */
import {
  type Finding,
  type Review,
  SEVERITIES,
  type Severity,
  toJson,
  toMarkdown,
  toSarif,
  toText,
} from "../lib/review";
import { code } from "../lib/review/render/code";
import { harmlessJson } from "../lib/review/render/harmless";
import { visible } from "../lib/review/visible";

/** Of one stack, all there is to say. */
export interface StackReport {
  stack: string;
  /** How the head was learnt, in a sentence of ours. */
  how: string;
  /** What it was compared with, in words of ours. */
  base: string;
  /** Why the preview failed; comes from input. */
  errors: string[];
  /** Undefined if the preview failed before there was something to review. */
  review?: Review;
}

export const FORMATS = ["text", "markdown", "json", "sarif"] as const;
export type Format = (typeof FORMATS)[number];

/** What a caller of the command learns by its exit code. */
export const EXIT = { good: 0, failed: 1, wrong: 2, objection: 3 } as const;

/** @param worst - the least severity that speaks against the change, or `never` */
export function exitCode(reports: readonly StackReport[], worst: Severity | "never" = "critical"): number {
  if (reports.some(({ errors }) => errors.length > 0)) return EXIT.failed;
  return objections(reports, worst).length > 0 ? EXIT.objection : EXIT.good;
}

/** A first deployment is no change, but a policy speaks against it all the same. */
function objections(reports: readonly StackReport[], worst: Severity | "never"): Finding[] {
  const severe = worst === "never" ? [] : SEVERITIES.slice(0, SEVERITIES.indexOf(worst) + 1);
  return reports.flatMap(({ review }) => review?.findings.filter(({ severity }) => severe.includes(severity)) ?? []);
}

export function render(reports: readonly StackReport[], format: Format): string {
  return { text, markdown, json, sarif }[format](reports);
}

/** Bytes that a comment may have, so that who puts it there has some left. */
const COMMENT = 60_000;
/** What stands around the reviews. */
const FRAME = 4000;
const ERRORS_SHOWN = 5;

function markdown(reports: readonly StackReport[]): string {
  const longest = Math.floor((COMMENT - FRAME) / Math.max(1, reports.length));
  const parts = reports.map(({ stack, how, base, errors, review }) =>
    [
      ...(review ? [toMarkdown(review, { longest })] : [`## Stack ${code(stack)}\n`]),
      ...(errors.length > 0
        ? [
            `**The preview failed:**\n\n${shown(errors)
              .map((error) => `- ${code(error)}\n`)
              .join("")}`,
          ]
        : []),
      `_${how} Compared with ${base}._\n`,
    ].join("\n"),
  );
  return `**${verdict(reports)}**\n\n${parts.join("\n")}`;
}

function text(reports: readonly StackReport[]): string {
  const parts = reports.map(({ stack, how, base, errors, review }) =>
    [
      review ? toText(review).trimEnd() : `Stack ${visible(stack)}: the preview failed`,
      ...shown(errors).map((error) => `  failed: ${visible(error)}`),
      `  (${how} Compared with ${base}.)`,
    ].join("\n"),
  );
  return `${[...parts, verdict(reports)].join("\n\n")}\n`;
}

function json(reports: readonly StackReport[]): string {
  const stacks = reports.map(({ review, ...rest }) => ({
    ...rest,
    ...(review && { review: JSON.parse(toJson(review)) }),
  }));
  return harmlessJson({ format: 1, stacks });
}

/** Each stack a run of its own, told apart by what SARIF has for that. */
function sarif(reports: readonly StackReport[]): string {
  const logs = reports.flatMap(({ stack, review }) => (review ? [{ stack, log: JSON.parse(toSarif(review)) }] : []));
  const runs = logs.flatMap(({ stack, log }) =>
    log.runs.map((run: object) => ({ ...run, automationDetails: { id: `${stack}/` } })),
  );
  return harmlessJson({ ...logs[0]?.log, version: "2.1.0", runs });
}

/** The first ones; the preview's own output has all. */
function shown(errors: readonly string[]): string[] {
  return errors.slice(0, ERRORS_SHOWN);
}

function verdict(reports: readonly StackReport[]): string {
  const failed = reports.filter(({ errors }) => errors.length > 0).length;
  if (failed > 0) return `${failed} of ${reports.length} previews failed.`;
  const severe = objections(reports, "critical").length;
  if (severe === 0) return "Nothing critical speaks against this change.";
  return `${severe} critical ${severe === 1 ? "finding speaks" : "findings speak"} against this change.`;
}
