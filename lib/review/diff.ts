import { changedPart } from "./changed";
import { compareAccess } from "./compare/access";
import { compareAgents } from "./compare/agent";
import { compareCredentials, type Explored } from "./compare/credentials";
import { compareFlows } from "./compare/flows";
import { compareParts } from "./compare/parts";
import { compareReach, OUTSIDE } from "./compare/reach";
import { compareRoles } from "./compare/roles";
import { ordered } from "./findings";
import { summed } from "./first";
import { Graph } from "./graph";
import { type FlowChange, flowChanges, type Side, side } from "./side";
import type { Finding, Review, Snapshot } from "./types";

/**
 * What a change lets reach what: everything that differs between what is deployed and what would be, the worst first. Pure, and linear in
 * workloads and flows, apart from the ways that are followed for holders of credentials, of which there is a limit.
 *
 * @param base What is deployed; undefined for a first deployment, which is summed up instead.
 * @param head What would be.
 * @throws Error if the two are of different projects
 * @example
 * const review = diffSnapshots(parseSnapshot(deployed), parseSnapshot(planned));
 * if (review.findings.some(({ severity }) => severity === "critical")) process.exitCode = 1;
 */
export function diffSnapshots(base: Snapshot | undefined, head: Snapshot): Review {
  const { project, stack } = head;
  const after = side(head.perimeter);
  if (base === undefined) {
    const changed = { workloads: [], flows: [] };
    return { project, stack, first: true, findings: ordered(summed(head, after)), changed };
  }
  if (base.project !== project)
    throw new Error(`the snapshots are of different projects, "${base.project}" and "${project}"; compare two of one`);
  const before = side(base.perimeter);
  const changes = flowChanges(before, after);
  const findings = ordered([
    ...comparePerimeters(before, after, changes),
    ...compareAccess(base, head),
    ...compareRoles(base.roles, head.roles),
    ...compareAgents(base.agent, head.agent),
  ]);
  return { project, stack, first: false, findings, changed: changedPart(before, after, changes) };
}

/** The review with what others found, such as policies: the worst first, as before. */
export function withFindings(review: Review, more: readonly Finding[]): Review {
  return { ...review, findings: ordered([...review.findings, ...more]) };
}

function comparePerimeters(before: Side, after: Side, changes: FlowChange[]): Finding[] {
  const [was, is] = [explored(before), explored(after)];
  const { findings, opened } = compareFlows(before, after, changes);
  return [
    ...compareParts(before, after),
    ...findings,
    ...compareReach(was.outside, is.outside),
    ...compareCredentials(was, is, opened),
  ];
}

function explored(one: Side): Explored {
  const graph = new Graph(one);
  return { side: one, graph, outside: graph.from(OUTSIDE) };
}
