import { INTERNET } from "../../perimeter/model";
import { finding } from "../findings";
import type { Walk } from "../graph";
import type { Finding } from "../types";

/** Workloads that the internet gets to through others, and did not or not as fast. Those it may call itself have flows of their own. */
export function compareReach(before: Walk, after: Walk): Finding[] {
  const findings: Finding[] = [];
  for (const name of after.names()) {
    const [was, is] = [before.depth(name), after.depth(name)];
    if (is <= 1 || is >= was) continue;
    if (was === Number.POSITIVE_INFINITY) findings.push(finding("internet-reach-added", name, [], [after.way(name)]));
    else findings.push(finding("internet-reach-closer", name, [before.way(name)], [after.way(name)]));
  }
  return findings;
}

/** Where a walk from the internet begins. */
export const OUTSIDE = [INTERNET];
