import { INTERNET, type Perimeter, portNumber } from "../perimeter";

/** What one perimeter says and the other does not, one sentence each. */
export interface PerimeterDifferences {
  /** What only the first one has. */
  first: string[];
  /** What only the second one has. */
  second: string[];
}

/**
 * Compares two valid perimeters by what they permit and say of who is where: zones, who lives in them, listens there and holds what, and flows
 * with their way to authenticate. What is there to read only (purposes), and ranges that networks are carved from, do not count. Order does
 * not either.
 *
 * @example
 * perimeterDifferences(importZones(text), deployed).first // ["edge → guard:mtls (8443) by mtls is permitted"]
 */
export function perimeterDifferences(first: Perimeter, second: Perimeter): PerimeterDifferences {
  const [one, other] = [statements(first), statements(second)];
  return { first: [...one].filter((it) => !other.has(it)), second: [...other].filter((it) => !one.has(it)) };
}

function statements(perimeter: Perimeter): Set<string> {
  const { trustDomain, zones, workloads, flows } = perimeter;
  return new Set([
    `identities are of "${trustDomain}"`,
    ...zones.map(({ name }) => `there is a zone "${name}"`),
    ...workloads.flatMap(({ name, zone, ports, credentials = [], names = [], addresses }) => [
      `"${name}" lives in zone "${zone}"`,
      ...Object.entries(ports).map(([port, number]) => `"${name}" listens on ${number} as "${port}"`),
      ...credentials.map((credential) => `"${name}" holds "${credential}"`),
      ...names.map((other) => `"${name}" is also called "${other}"`),
      ...(addresses === undefined ? [] : [`"${name}" is there already, not run by us`]),
      ...(addresses ?? []).map((range) => `"${name}" is at ${range}`),
    ]),
    ...flows.flatMap((flow) => {
      const { from, to, port, hosts = [], ranges = [], authentication } = flow;
      const by = `by ${authentication} is permitted`;
      if (to !== INTERNET) return [`${from} → ${to}:${port} (${portNumber(perimeter, flow)}) ${by}`];
      return hosts.flatMap((host) => [
        `${from} → ${host}:${port} ${by}`,
        ...ranges.map((range) => `${from} → ${host}:${port} is permitted in the private range ${range}`),
      ]);
    }),
  ]);
}
