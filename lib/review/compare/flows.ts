import { type Authentication, type Flow, INTERNET } from "../../perimeter/model";
import { isWeaker } from "../authentication";
import { finding, missing, sorted } from "../findings";
import { allowing, allows } from "../hosts";
import { beyond } from "../ranges";
import type { RuleId } from "../rules";
import { type Exit, type FlowChange, hostsOf, pairs, type Side } from "../side";
import type { Finding } from "../types";

/** What flows allow that they did not, by the workload that opens them. */
export interface Opened {
  /** Callers of flows to workloads that are new. */
  inner: { from: string; to: string; port: string }[];
  /** Hosts of the internet, such as `api.example.com:443`, by who may call them now. */
  hosts: Map<string, string[]>;
}

/** Flows that came, went or changed. */
export function compareFlows(
  before: Side,
  after: Side,
  changes: FlowChange[],
): { findings: Finding[]; opened: Opened } {
  const findings: Finding[] = [];
  const opened: Opened = { inner: [], hosts: new Map() };
  for (const { key, was, is } of changes) {
    if (was !== undefined && is !== undefined) findings.push(...compareInner(key, was, is));
    else if (was !== undefined) findings.push(finding("flow-removed", key, [was.authentication, was.purpose]));
    else if (is !== undefined) {
      findings.push(finding(added(is, after), key, [], [is.authentication, is.purpose]));
      opened.inner.push(is);
    }
  }
  for (const [key, was, is] of pairs(before.exits, after.exits)) {
    if (was !== undefined && is === undefined) findings.push(finding("flow-removed", key, described(was)));
    if (is === undefined) continue;
    const fresh = was === undefined ? hostsOf(is) : hostsOf(is).filter((host) => !allows(was.hosts, host));
    if (was === undefined) findings.push(finding("flow-out-added", key, [], described(is)));
    else findings.push(...compareExits(key, was, is, fresh));
    if (fresh.length > 0)
      opened.hosts.set(is.from, [...(opened.hosts.get(is.from) ?? []), ...fresh.map((host) => `${host}:${is.port}`)]);
  }
  return { findings, opened };
}

function added({ from, to }: Flow, { workloads }: Side): RuleId {
  if (from === INTERNET) return "flow-in-added";
  return workloads.get(from)?.zone === workloads.get(to)?.zone ? "flow-within-added" : "flow-across-added";
}

function compareInner(key: string, was: Flow, is: Flow): Finding[] {
  const [one, other] = [was.authentication, is.authentication];
  return [
    ...(one === other ? [] : [finding(authenticationRule(one, other), key, [one], [other])]),
    ...(was.purpose === is.purpose ? [] : [finding("description-changed", key, [was.purpose], [is.purpose])]),
  ];
}

function authenticationRule(was: Authentication, is: Authentication): RuleId {
  return isWeaker(was, is) ? "authentication-weakened" : "authentication-strengthened";
}

function compareExits(key: string, was: Exit, is: Exit, fresh: string[]): Finding[] {
  const gone = hostsOf(was).filter((host) => !allows(is.hosts, host));
  const [wider, narrower] = [rangesBeyond(is, was), rangesBeyond(was, is)];
  const findings = [
    ...(fresh.length > 0 ? [finding("hosts-widened", key, hostsOf(was), fresh)] : []),
    ...(gone.length > 0 ? [finding("hosts-narrowed", key, gone)] : []),
    ...(wider.length > 0 ? [finding("ranges-widened", key, [], wider)] : []),
    ...(narrower.length > 0 ? [finding("ranges-narrowed", key, narrower)] : []),
    ...compareProofs(key, was, is),
    ...comparePurposes(key, was, is),
  ];
  const [one, other] = [described(was), described(is)];
  return findings.length > 0 || same(one, other)
    ? findings
    : [finding("hosts-respelled", key, missing(one, other), missing(other, one))];
}

/** Ranges in which hosts that both sides allow may be on one side only. */
function rangesBeyond(wide: Exit, narrow: Exit): string[] {
  return hostsOf(wide).flatMap((host) => {
    const { ranges = [] } = wide.hosts.get(host) ?? {};
    if (ranges.length === 0) return [];
    const counterparts = allowing(narrow.hosts, host);
    // A host that only one side allows is listed as such.
    if (counterparts.length === 0) return [];
    const fresh = beyond(
      ranges,
      counterparts.flatMap((other) => narrow.hosts.get(other)?.ranges ?? []),
    );
    return sorted(fresh).map((range) => `${host} in ${range}`);
  });
}

function compareProofs(key: string, was: Exit, is: Exit): Finding[] {
  const changes: Partial<Record<RuleId, [before: string[], after: string[]]>> = {};
  for (const host of hostsOf(is)) {
    const now = is.hosts.get(host)?.authentication as Authentication;
    const then = allowing(was.hosts, host).map((other) => was.hosts.get(other)?.authentication as Authentication);
    if (then.length === 0 || then.includes(now)) continue;
    // Where a host was allowed in several ways, the least of them was enough.
    const rule = then.every((way) => isWeaker(way, now)) ? "authentication-weakened" : "authentication-strengthened";
    const [before, after] = changes[rule] ?? [[], []];
    before.push(...sorted(then).map((way) => `${host} ${way}`));
    after.push(`${host} ${now}`);
    changes[rule] = [before, after];
  }
  return Object.entries(changes).map(([rule, [before, after]]) => finding(rule as RuleId, key, before, after));
}

function comparePurposes(key: string, was: Exit, is: Exit): Finding[] {
  const [one, other] = [purposes(was), purposes(is)];
  return same(one, other) ? [] : [finding("description-changed", key, missing(one, other), missing(other, one))];
}

function purposes({ hosts }: Exit): string[] {
  return sorted([...hosts.values()].map(({ purpose }) => purpose));
}

/** A line for each host: how the caller proves itself there, and where the host may be besides public addresses. */
export function described(exit: Exit): string[] {
  return hostsOf(exit).map((host) => {
    const { authentication, ranges = [] } = exit.hosts.get(host) ?? {};
    return [host, authentication, ...(ranges.length > 0 ? [`also in ${sorted(ranges).join(", ")}`] : [])].join(" · ");
  });
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, i) => text === other[i]);
}
