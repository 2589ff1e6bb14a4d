import { INTERNET, type Perimeter } from "./model";
import { zone as mustBeZone } from "./query";

/** One attempt to open a connection, and what a perimeter that holds makes of it. */
export interface FlowProbe {
  /** Name of the workload that tries, or `internet`. */
  from: string;
  /** Name of the workload that listens. */
  to: string;
  /** Name of the port. */
  port: string;
  /** Number of the port. */
  number: number;
  /** `open` if a flow is declared, `closed` if none is. */
  expected: "open" | "closed";
}

/** Which probes are wanted. */
export interface FlowProbeOptions {
  /**
   * Only probes that start or end in this zone.
   * @default - all
   */
  zone?: string;
}

/**
 * Every listener of the perimeter, tried from every other workload and from the internet. Serves requirements 39, 42, 45 and 48.
 * @throws Error if the zone is not declared; suggests the nearest name.
 * @example
 * flowProbes(perimeter, { zone: "agent" }).filter(({ expected }) => expected === "open")
 */
export function flowProbes(perimeter: Perimeter, { zone }: FlowProbeOptions = {}): FlowProbe[] {
  if (zone !== undefined) mustBeZone(perimeter, zone);
  const zoneOf = new Map(perimeter.workloads.map((workload) => [workload.name, workload.zone]));
  const declared = new Set(perimeter.flows.map(key));
  // What is there already does not try anything for us.
  const callers = [INTERNET, ...perimeter.workloads.filter(({ addresses }) => !addresses).map(({ name }) => name)];
  return perimeter.workloads
    .flatMap(({ name: to, ports }) =>
      Object.entries(ports).flatMap(([port, number]) =>
        callers.filter((from) => from !== to).map((from) => ({ from, to, port, number })),
      ),
    )
    .filter(({ from, to }) => zone === undefined || zoneOf.get(from) === zone || zoneOf.get(to) === zone)
    .map((probe) => ({ ...probe, expected: declared.has(key(probe)) ? "open" : "closed" }));
}

/** Names hold no spaces, so no two flows have the same key. */
function key({ from, to, port }: Pick<FlowProbe, "from" | "to" | "port">): string {
  return `${from} ${to} ${port}`;
}
