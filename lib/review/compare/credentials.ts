import { finding, sorted } from "../findings";
import type { Graph, Walk } from "../graph";
import { allows } from "../hosts";
import { type Exit, hostsOf, pairs, type Side } from "../side";
import type { Finding } from "../types";
import type { Opened } from "./flows";

/** Flows and hosts that may be looked at to find what credentials get to through others: a few tenths of a second. */
const STEPS = 2_000_000;

/** What is listed of that for one holder. */
const LISTED = 100;

/** One side of a comparison, with what was found out about it. */
export interface Explored {
  side: Side;
  graph: Graph;
  /** What the internet gets to. */
  outside: Walk;
}

/** Which credential is held where, what gets to the holders, and what they get to. */
export function compareCredentials(before: Explored, after: Explored, opened: Opened, steps = STEPS): Finding[] {
  const [was, is] = [holders(before.side), holders(after.side)];
  const exits = exitsByCaller(after.side);
  const findings: Finding[] = [];
  for (const [name, old, now] of pairs(was, is)) {
    const reaching = (holder: string) => reachText(holder, after.side, exits);
    if (old === undefined) findings.push(finding("credential-added", name, [], [...(now ?? [])].map(reaching)));
    else if (now === undefined) findings.push(finding("credential-removed", name, placed(old, before.side)));
    else findings.push(...compareHolders(name, old, now, before.side, after.side, reaching));
    for (const holder of now ?? []) findings.push(...exposure(name, holder, old?.has(holder) ?? false, before, after));
  }
  for (const [name, old, now] of pairs(before.side.credentials, after.side.credentials))
    if (old && now && old.opens !== now.opens)
      findings.push(finding("description-changed", `credential ${name}`, [old.opens], [now.opens]));
  return [...findings, ...compareWhatHoldersReach(before, after, opened, exits, steps)];
}

/** Holders of each credential, in order; of a declared one that nobody holds, none. */
function holders({ credentials, workloads }: Side): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>([...credentials.keys()].map((name) => [name, new Set()]));
  for (const [workload, { credentials: held = [] }] of workloads)
    for (const name of held) {
      const known = found.get(name);
      if (known === undefined) found.set(name, new Set([workload]));
      else known.add(workload);
    }
  return new Map([...found].map(([name, set]) => [name, new Set(sorted(set))]));
}

function compareHolders(
  name: string,
  old: Set<string>,
  now: Set<string>,
  before: Side,
  after: Side,
  reaching: (holder: string) => string,
): Finding[] {
  const zone = (side: Side, holder: string) => side.workloads.get(holder)?.zone;
  const stayed = (holder: string) => old.has(holder) && now.has(holder) && zone(before, holder) === zone(after, holder);
  const gone = [...old].filter((holder) => !stayed(holder));
  const fresh = [...now].filter((holder) => !stayed(holder));
  if (fresh.length > 0) {
    const rule = gone.length > 0 ? "credential-moved" : "credential-held";
    return [finding(rule, name, placed(gone.length > 0 ? gone : old, before), fresh.map(reaching))];
  }
  return gone.length > 0 ? [finding("credential-released", name, placed(gone, before))] : [];
}

function exposure(name: string, holder: string, held: boolean, before: Explored, after: Explored): Finding[] {
  const was = held ? before.outside.depth(holder) : Number.POSITIVE_INFINITY;
  const is = after.outside.depth(holder);
  const subject = `${name} at ${holder}`;
  if (is === 1 && was !== 1) return [finding("credential-exposed", subject, [], [after.outside.way(holder)])];
  const reached = is !== Number.POSITIVE_INFINITY && was === Number.POSITIVE_INFINITY;
  // Of a new holder it is said where it is, which tells as much.
  return reached && held ? [finding("credential-within-reach", subject, [], [after.outside.way(holder)])] : [];
}

function compareWhatHoldersReach(
  before: Explored,
  after: Explored,
  opened: Opened,
  exits: Map<string, Exit[]>,
  steps: number,
): Finding[] {
  const findings: Finding[] = [];
  const openers = new Set([...opened.inner.map(({ from }) => from), ...opened.hosts.keys()]);
  const callsBefore = exitsByCaller(before.side);
  // Who does not get to anybody with a new flow gets to nothing new.
  const concerned = sorted(after.graph.to(openers).names());
  const price = [before, after].reduce((sum, { graph, side }) => sum + 1 + graph.size + countHosts(side), 0);
  let paid = 0;
  let left = 0;
  for (const holder of concerned) {
    const held = after.side.workloads.get(holder)?.credentials ?? [];
    const heldBefore = new Set(before.side.workloads.get(holder)?.credentials ?? []);
    const kept = sorted(held.filter((name) => heldBefore.has(name)));
    if (kept.length === 0) continue;
    const fresh = opened.hosts.get(holder) ?? [];
    if (fresh.length > 0) {
      const old = hostTexts(callsBefore.get(holder) ?? []);
      findings.push(...kept.map((name) => finding("credential-reach", `${name} at ${holder}`, old, sorted(fresh))));
    }
    if (paid + price > steps) {
      left++;
      continue;
    }
    paid += price;
    const more = gains(holder, before, after, { was: callsBefore, is: exits });
    if (more.length > 0)
      findings.push(...kept.map((name) => finding("credential-reach-indirect", `${name} at ${holder}`, [], more)));
  }
  if (left > 0) findings.push(finding("reach-not-followed", `${left} workloads that hold credentials`));
  return findings;
}

/** What a holder gets to and did not: workloads, and through others hosts. Hosts it may call itself are told apart. */
function gains(
  holder: string,
  before: Explored,
  after: Explored,
  exits: { was: Map<string, Exit[]>; is: Map<string, Exit[]> },
): string[] {
  const [was, is] = [before.graph.from([holder]), after.graph.from([holder])];
  const known = new Map<string, Map<string, unknown>>();
  const remember = ({ port, hosts }: Exit) => {
    const some = known.get(port) ?? new Map();
    known.set(port, some);
    for (const host of hosts.keys()) some.set(host, true);
  };
  for (const name of was.names()) exits.was.get(name)?.forEach(remember);
  exits.is.get(holder)?.forEach(remember);
  const found: [target: string, through: string][] = [];
  for (const name of is.names()) {
    if (was.depth(name) === Number.POSITIVE_INFINITY) found.push([name, name]);
    if (name === holder) continue;
    for (const exit of exits.is.get(name) ?? []) {
      for (const host of hostsOf(exit))
        if (!allows(known.get(exit.port) ?? NOTHING, host)) found.push([`${host}:${exit.port}`, name]);
      remember(exit);
    }
  }
  const listed = found.slice(0, LISTED).map(([target, through]) => `${target} by ${is.way(through)}`);
  return found.length > LISTED ? [...listed, `and ${found.length - LISTED} more`] : listed;
}

const NOTHING: ReadonlyMap<string, unknown> = new Map();

function countHosts({ exits }: Side): number {
  let count = 0;
  for (const { hosts } of exits.values()) count += hosts.size;
  return count;
}

function exitsByCaller({ exits }: Side): Map<string, Exit[]> {
  const found = new Map<string, Exit[]>();
  for (const exit of exits.values()) {
    const known = found.get(exit.from);
    if (known === undefined) found.set(exit.from, [exit]);
    else known.push(exit);
  }
  for (const some of found.values()) some.sort((one, other) => Number(one.port) - Number(other.port));
  return found;
}

function hostTexts(exits: readonly Exit[]): string[] {
  return sorted(exits.flatMap((exit) => hostsOf(exit).map((host) => `${host}:${exit.port}`)));
}

function placed(names: Iterable<string>, { workloads }: Side): string[] {
  return sorted(names).map((name) => `${name} in zone ${workloads.get(name)?.zone}`);
}

/** A holder with all that it may call, for who asks where a credential can be sent. */
function reachText(holder: string, side: Side, exits: Map<string, Exit[]>): string {
  const hosts = hostTexts(exits.get(holder) ?? []);
  return [placed([holder], side)[0], ...(hosts.length > 0 ? [hosts.join(", ")] : [])].join(" → ");
}
