import { fingerprint } from "../digest";
import type { Review } from "../types";
import { harmlessJson } from "./harmless";
import { counts } from "./summary";

/** Format of the JSON; a higher one means that something was taken away or means something else. */
const FORMAT = 1;

/**
 * A review for programs: `format`, `project`, `stack`, `first`, `counts` by severity, and all `findings` with a `fingerprint` that stays
 * the same as long as rule and subject do. Texts from input are whole; characters outside ASCII are escaped.
 *
 * @example
 * JSON.parse(toJson(review)).counts.critical // 0
 */
export function toJson({ project, stack, first, findings }: Review): string {
  return harmlessJson({
    format: FORMAT,
    project,
    stack,
    first,
    counts: counts(findings),
    findings: findings.map((finding) => ({ ...finding, fingerprint: fingerprint(finding) })),
  });
}
