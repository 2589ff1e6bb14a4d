import { type Flow, INTERNET, type Perimeter, type Workload, type Zone } from "./model";
import { suggest, unknownName } from "./names";

/** Two workloads, or a workload and the internet, with all that is permitted between them in either direction. */
export interface Link {
  /** The caller of the first flow. */
  from: string;
  /** The callee of the first flow. */
  to: string;
  /** At least one, in declared order; those of both directions. */
  flows: Flow[];
}

/**
 * The workload of that name.
 * @throws Error if it is not declared; suggests the nearest name.
 * @example
 * workload(perimeter, "guard").zone // "application"
 */
export function workload(perimeter: Perimeter, name: string): Workload {
  const found = perimeter.workloads.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  throw new Error(
    unknownName(
      "workload",
      name,
      perimeter.workloads.map((known) => known.name),
    ),
  );
}

/**
 * The zone of that name.
 * @throws Error if it is not declared; suggests the nearest name.
 * @example
 * zone(perimeter, "agent").cidr
 */
export function zone(perimeter: Perimeter, name: string): Zone {
  const found = perimeter.zones.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  throw new Error(
    unknownName(
      "zone",
      name,
      perimeter.zones.map((known) => known.name),
    ),
  );
}

/**
 * The flows a workload, or `internet`, opens, in declared order.
 * @throws Error if there is no such workload.
 * @example
 * flowsFrom(perimeter, "edge").map((flow) => flow.to) // ["guard", "internet"]
 */
export function flowsFrom(perimeter: Perimeter, name: string): Flow[] {
  mustExist(perimeter, name);
  return perimeter.flows.filter((flow) => flow.from === name);
}

/**
 * The flows a workload, or `internet`, accepts, in declared order.
 * @throws Error if there is no such workload.
 * @example
 * flowsTo(perimeter, "guard").map((flow) => flow.from) // ["edge"]
 */
export function flowsTo(perimeter: Perimeter, name: string): Flow[] {
  mustExist(perimeter, name);
  return perimeter.flows.filter((flow) => flow.to === name);
}

/**
 * The one flow from a workload, or `internet`, to another, or `undefined` if nothing is permitted.
 * @param port Name of the port; needed where several flows join the two.
 * @throws Error if there is no such workload, or if more than one flow matches.
 * @example
 * flowBetween(perimeter, "edge", "guard")?.authentication // "mtls"
 */
export function flowBetween(perimeter: Perimeter, from: string, to: string, port?: string): Flow | undefined {
  mustExist(perimeter, to);
  const [flow, ...others] = flowsFrom(perimeter, from).filter(
    (candidate) => candidate.to === to && (port === undefined || candidate.port === port),
  );
  if (flow === undefined || others.length === 0) return flow;
  const ports = [flow, ...others].map((candidate) => `"${candidate.port}"`).join(", ");
  throw new Error(
    `${others.length + 1} flows go from "${from}" to "${to}", on ports ${ports}; name the port, or use flowsFrom for all`,
  );
}

/**
 * The number of the TCP port a flow goes to.
 * @throws Error if the callee or its port is not declared; suggests the nearest name.
 * @example
 * portNumber(perimeter, { from: "edge", to: "guard", port: "https", … }) // 8443
 */
export function portNumber(perimeter: Perimeter, flow: Pick<Flow, "to" | "port">): number {
  if (flow.to === INTERNET) return Number(flow.port);
  const { ports } = workload(perimeter, flow.to);
  // "constructor" is a valid name of a port, so an inherited property must not pass for one.
  const number = Object.hasOwn(ports, flow.port) ? ports[flow.port] : undefined;
  if (number !== undefined) return number;
  throw new Error(`"${flow.to}" has no port "${flow.port}"; ${suggest(flow.port, Object.keys(ports))}`);
}

/**
 * Names of the workloads that one may call or be called by, each once, in declared order. The internet is not among them.
 * @throws Error if there is no such workload.
 * @example
 * peersOf(perimeter, "guard") // ["edge", "openclaw"]
 */
export function peersOf(perimeter: Perimeter, name: string): string[] {
  mustExist(perimeter, name);
  const peers = perimeter.flows.flatMap(({ from, to }) => (from === name ? [to] : to === name ? [from] : []));
  return [...new Set(peers)].filter((peer) => peer !== INTERNET);
}

/**
 * Each two workloads between which anything is permitted, once, whichever of them calls.
 * @example
 * links(perimeter).map(linkKey) // ["edge--guard", "guard--openclaw", "egress--openclaw"]
 */
export function links(perimeter: Perimeter): Link[] {
  return group(perimeter.flows.filter((flow) => flow.from !== INTERNET && flow.to !== INTERNET));
}

/**
 * A link from `internet` to each workload that accepts anything from outside.
 * @example
 * entrances(perimeter).map((link) => link.to) // ["edge"]
 */
export function entrances(perimeter: Perimeter): Link[] {
  return group(perimeter.flows.filter((flow) => flow.from === INTERNET));
}

/**
 * A link to `internet` from each workload that may call anything outside.
 * @example
 * exits(perimeter).map((link) => link.from) // ["edge", "guard", "egress"]
 */
export function exits(perimeter: Perimeter): Link[] {
  return group(perimeter.flows.filter((flow) => flow.to === INTERNET));
}

/**
 * A name for a link that stays the same when a flow is added to it or its flows change order: both names, sorted, joined by `--`.
 * @example
 * linkKey({ from: "openclaw", to: "egress" }) // "egress--openclaw"
 */
export function linkKey(link: Pick<Link, "from" | "to">): string {
  return [link.from, link.to].sort().join("--");
}

function group(flows: Flow[]): Link[] {
  const byKey = new Map<string, Link>();
  for (const flow of flows) {
    const key = linkKey(flow);
    const link = byKey.get(key);
    if (link === undefined) byKey.set(key, { from: flow.from, to: flow.to, flows: [flow] });
    else link.flows.push(flow);
  }
  return [...byKey.values()];
}

function mustExist(perimeter: Perimeter, name: string): void {
  if (name !== INTERNET) workload(perimeter, name);
}
