/** What the configuration of a running Envoy says. Pure. */
import type { Json, JsonObject } from "../../lib/envoy";

export interface Endpoint {
  address: string;
  port: number;
}

/** The header by which the guard tells OpenClaw who asks. */
export function userHeaderIn(guardText: string): string {
  return /x-oc-user-[0-9a-f]+/.exec(guardText)?.[0] ?? "";
}

export const isListener = (name: string) => (one: JsonObject) => one.name === name && one.filter_chains !== undefined;
export const isCluster = (name: string) => (one: JsonObject) => one.name === name && one.load_assignment !== undefined;

export function endpoint(part: JsonObject): Endpoint {
  const { address, port_value } = only(part, (one) => one.port_value !== undefined);
  return { address: `${address}`, port: Number(port_value) };
}

/** The first part of a configuration for which this is true. */
export function only(config: Json, wanted: (one: JsonObject) => boolean): JsonObject {
  const found = search(config, wanted);
  if (found === undefined) throw new Error("the deployment's Envoys are not configured as the benchmark expects");
  return found;
}

function search(config: Json, wanted: (one: JsonObject) => boolean): JsonObject | undefined {
  if (typeof config !== "object" || config === null) return undefined;
  if (!Array.isArray(config) && wanted(config)) return config;
  for (const part of Object.values(config)) {
    const found = search(part as Json, wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}
