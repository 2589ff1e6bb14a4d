import { type Authentication, type Flow, INTERNET, type Perimeter, type Workload } from "./model";
import { unknownName } from "./names";

/** One flow a compromised workload may use. */
export interface Step {
  /** The workload that accepts it. */
  to: string;
  /** Name of the port. */
  port: string;
  authentication: Authentication;
}

/**
 * What an attacker in one workload gets. Every path starts with that workload and lists the workloads taken over, the fewest that do;
 * of equally short ones the first declared.
 */
export interface Reachability {
  /** The compromised workload. */
  workload: string;
  /** What it may call itself, in declared order; the internet is under `hosts`. */
  direct: Step[];
  /** Workloads reached only through others, nearest first; each path ends with the target. */
  transitive: { target: string; path: readonly string[] }[];
  /** Hosts of the internet, nearest first; the last of `via` is the workload that may call the host. */
  hosts: { host: string; via: readonly string[] }[];
  /** Credentials gained, nearest first; each path ends with the nearest holder, so that of the workload's own has length 1. */
  credentials: { name: string; heldBy: string; path: readonly string[] }[];
}

/**
 * What a compromised workload can reach, if each workload it may call falls in turn. That is the worst case: authentication is no
 * obstacle, because the attacker speaks with the caller's identity. Leaving to the internet and coming back in is not counted.
 * Takes time linear in workloads and flows; a path is put together when it is asked for, because all paths of a long chain together are
 * far longer than the chain.
 *
 * @param compromised Name of the workload the attacker starts in.
 * @throws Error if there is no such workload; suggests the nearest name.
 * @example
 * reachability(perimeter, "openclaw").credentials // [{ name: "openai-key", heldBy: "egress", path: ["openclaw", "egress"] }]
 */
export function reachability(perimeter: Perimeter, compromised: string): Reachability {
  return explore(index(perimeter), compromised);
}

/**
 * `reachability` of each workload, in declared order.
 * @example
 * blastRadius(perimeter).filter(({ credentials }) => credentials.length > 3)
 */
export function blastRadius(perimeter: Perimeter): Reachability[] {
  const indexed = index(perimeter);
  return perimeter.workloads.map(({ name }) => explore(indexed, name));
}

interface Index {
  workloads: Map<string, Workload>;
  flowsFrom: Map<string, Flow[]>;
}

function index(perimeter: Perimeter): Index {
  const workloads = new Map(perimeter.workloads.map((workload) => [workload.name, workload]));
  const flowsFrom = new Map<string, Flow[]>();
  for (const flow of perimeter.flows) {
    const known = flowsFrom.get(flow.from);
    if (known === undefined) flowsFrom.set(flow.from, [flow]);
    else known.push(flow);
  }
  return { workloads, flowsFrom };
}

function explore({ workloads, flowsFrom }: Index, compromised: string): Reachability {
  if (!workloads.has(compromised)) throw new Error(unknownName("workload", compromised, [...workloads.keys()]));
  const reached = new Map<string, Reached>([[compromised, { through: undefined, distance: 0 }]]);
  const hosts = new Map<string, string>();
  const credentials = new Map<string, string>();

  // A Map yields what is added to it while it is walked, in the order added: it is the queue of a breadth-first search.
  for (const [taken, { distance }] of reached) {
    for (const name of workloads.get(taken)?.credentials ?? [])
      if (!credentials.has(name)) credentials.set(name, taken);
    for (const flow of flowsFrom.get(taken) ?? []) {
      if (flow.to !== INTERNET) {
        if (!reached.has(flow.to)) reached.set(flow.to, { through: taken, distance: distance + 1 });
      } else for (const host of flow.hosts ?? []) if (!hosts.has(host)) hosts.set(host, taken);
    }
  }

  const path = (end: string) => pathTo(reached, end);
  return {
    workload: compromised,
    direct: (flowsFrom.get(compromised) ?? [])
      .filter(({ to }) => to !== INTERNET)
      .map(({ to, port, authentication }) => ({ to, port, authentication })),
    transitive: [...reached]
      .filter(([, { distance }]) => distance > 1)
      .map(([target]) => ({
        target,
        get path() {
          return path(target);
        },
      })),
    hosts: [...hosts].map(([host, caller]) => ({
      host,
      get via() {
        return path(caller);
      },
    })),
    credentials: [...credentials].map(([name, heldBy]) => ({
      name,
      heldBy,
      get path() {
        return path(heldBy);
      },
    })),
  };
}

/** How a workload is reached first. */
interface Reached {
  /** The workload that calls it; undefined for the one everything begins with. */
  through: string | undefined;
  distance: number;
}

function pathTo(reached: ReadonlyMap<string, Reached>, end: string): string[] {
  const path: string[] = [];
  for (let at: string | undefined = end; at !== undefined; at = reached.get(at)?.through) path.push(at);
  return path.reverse();
}
