import { INTERNET, type Perimeter, portNumber, workload } from "../../lib";
import { type Addresses, addresses, union, without, written } from "./ranges";

/** One permitted connection: between workloads, pods of others (`namespace/name`), or addresses outside; and on which port. */
export interface Edge {
  from: string;
  to: string;
  /** Such as `TCP 8443`. */
  port: string;
}

/** What somebody outside may have. Written down here once more, for the platform's list to agree. */
const PUBLIC = without(
  addresses(["0.0.0.0/0"]),
  addresses(
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.168.0.0/16 198.18.0.0/15 224.0.0.0/3".split(
      " ",
    ),
  ),
);
export const PUBLIC_MEANS = `public: ${written(PUBLIC)}`;

/** A set of addresses as a person would write it. */
export function outside(set: Addresses): string {
  const others = without(set, PUBLIC);
  const whole = without(PUBLIC, set).length === 0 && without(addresses(["0.0.0.0/0"]), set).length > 0;
  return whole ? ["public", ...(others.length > 0 ? [written(others)] : [])].join(" and ") : written(set);
}

export const DNS = "kube-system/kube-dns";
const DNS_PORTS = ["TCP 53", "TCP 1053", "UDP 53", "UDP 1053"];

/** What a perimeter declares, with names looked up by those who call hosts outside; `entrance` is whence people come. */
export function declared(perimeter: Perimeter, entrance: string = "0.0.0.0/0"): Edge[] {
  const between = perimeter.flows
    .filter(({ to }) => to !== INTERNET)
    .map((flow) => ({
      from: flow.from === INTERNET ? entrance : flow.from,
      to: whereabouts(perimeter, flow.to),
      port: `TCP ${portNumber(perimeter, flow)}`,
    }));
  const out = new Map<string, { from: string; port: string; ranges: string[] }>();
  for (const { from, to, port, ranges = [] } of perimeter.flows) {
    if (to !== INTERNET) continue;
    const known = out.get(`${from} ${port}`)?.ranges ?? [];
    out.set(`${from} ${port}`, { from, port: `TCP ${port}`, ranges: [...known, ...ranges] });
  }
  const callers = new Set([...out.values()].map(({ from }) => from));
  return [
    ...between,
    ...[...out.values()].map(({ from, port, ranges }) => ({
      from,
      to: outside(union(PUBLIC, addresses(ranges))),
      port,
    })),
    ...[...callers].flatMap((from) => DNS_PORTS.map((port) => ({ from, to: DNS, port }))),
  ];
}

function whereabouts(perimeter: Perimeter, name: string): string {
  const at = workload(perimeter, name).addresses;
  return at ? outside(addresses(at)) : name;
}

/** Lines such as `edge -> guard: TCP 8443`, each pair once. */
export function matrix(edges: readonly Edge[]): string[] {
  const ports = new Map<string, Set<string>>();
  for (const { from, to, port } of edges) {
    const pair = `${from} -> ${to}`;
    ports.set(pair, (ports.get(pair) ?? new Set()).add(port));
  }
  return [...ports].map(([pair, some]) => `${pair}: ${[...some].sort(byProtocolAndNumber).join(", ")}`).sort();
}

function byProtocolAndNumber(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}
