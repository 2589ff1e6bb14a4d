import {
  type Authentication,
  type Credential,
  type Flow,
  INTERNET,
  type Perimeter,
  type Workload,
  type Zone,
} from "../perimeter/model";
import { byText } from "./findings";

/** A perimeter with everything found by name: one side of a comparison. */
export interface Side {
  trustDomain: string;
  zones: Map<string, Zone>;
  workloads: Map<string, Workload>;
  credentials: Map<string, Credential>;
  /** Flows to workloads. */
  inner: Map<string, Flow>;
  /** Ways to the internet: one for each caller and port, whatever number of flows it is written as. */
  exits: Map<string, Exit>;
}

/** What a workload may call on the internet by one port. */
export interface Exit {
  from: string;
  port: string;
  hosts: Map<string, Pick<Flow, "purpose"> & { authentication: Authentication; ranges: string[] }>;
}

export function side({ trustDomain, zones, workloads, credentials, flows }: Perimeter): Side {
  const inner = new Map<string, Flow>();
  const exits = new Map<string, Exit>();
  for (const flow of flows) {
    if (flow.to === INTERNET) collect(exits, flow);
    else inner.set(flowKey(flow), flow);
  }
  return {
    trustDomain,
    zones: named(zones),
    workloads: named(workloads),
    credentials: named(credentials),
    inner,
    exits,
  };
}

function collect(exits: Map<string, Exit>, flow: Flow): void {
  const { from, port, hosts = [], ranges = [], authentication, purpose } = flow;
  const key = flowKey(flow);
  const exit = exits.get(key) ?? { from, port, hosts: new Map() };
  exits.set(key, exit);
  for (const host of hosts) exit.hosts.set(host, { authentication, ranges, purpose });
}

/** The same for flows that are the same conversation. */
export function flowKey({ from, to, port }: Pick<Flow, "from" | "to" | "port">): string {
  return `${from} → ${to}:${port}`;
}

/** The exit's hosts, in order. */
export function hostsOf({ hosts }: Exit): string[] {
  return [...hosts.keys()].sort(byText);
}

/** Each name of either side with what it is on both. */
export function* pairs<Item>(
  before: Map<string, Item>,
  after: Map<string, Item>,
): Generator<[name: string, was: Item | undefined, is: Item | undefined]> {
  for (const [name, is] of after) yield [name, before.get(name), is];
  for (const [name, was] of before) if (!after.has(name)) yield [name, was, undefined];
}

function named<Item extends { name: string }>(items: readonly Item[]): Map<string, Item> {
  return new Map(items.map((item) => [item.name, item]));
}

/** A flow between the same two by the same port that is not what it was. */
export interface FlowChange {
  key: string;
  was?: Flow;
  is?: Flow;
}

/** Flows to workloads that differ; nearly all of them are the same, so the others are looked for once. */
export function flowChanges({ inner: before }: Side, { inner: after }: Side): FlowChange[] {
  const changes: FlowChange[] = [];
  let met = 0;
  for (const [key, is] of after) {
    const was = before.get(key);
    if (was !== undefined) met++;
    if (was?.authentication !== is.authentication || was.purpose !== is.purpose) changes.push({ key, was, is });
  }
  if (met < before.size) for (const [key, was] of before) if (!after.has(key)) changes.push({ key, was });
  return changes;
}
