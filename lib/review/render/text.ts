import type { Finding, Review } from "../types";
import { visible } from "../visible";
import { listed, verdict } from "./summary";

/** What is shown of a list; JSON has all of it. */
const SHOWN = 20;

/**
 * A review for a terminal or a log, in plain text without colours. Names and descriptions from input are on one line each, behind words of
 * ours, with everything named that is not seen or that terminals, shells and runners act on.
 *
 * @example
 * process.stdout.write(toText(diffSnapshots(base, head)));
 */
export function toText(review: Review): string {
  const { project, stack, first, findings } = review;
  return [
    `Perimeter of ${visible(project)}, stack ${visible(stack)}: ${verdict(review)}`,
    ...findings.flatMap((finding) => block(finding, first)),
    "",
  ].join("\n");
}

function block({ severity, rule, title, reason, subject, before, after }: Finding, first: boolean): string[] {
  return [
    "",
    `${severity.toUpperCase()}  ${title} [${rule}]`,
    `  What: ${visible(subject)}`,
    ...listed(before, SHOWN).map((item) => `    - ${item}`),
    ...listed(after, SHOWN).map((item) => `    + ${item}`),
    ...(first ? [] : [`  Why:  ${reason}`]),
  ];
}
