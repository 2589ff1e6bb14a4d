import type { Perimeter } from "../../perimeter";
import type { KubernetesArgs } from "./args";

/** Namespace of each zone, by the zone's name. */
export type Namespaces = Record<string, string>;

/** What names begin with, and the namespaces of the zones. Pure. */
export function namespacesOf({ zones }: Perimeter, args: KubernetesArgs, prefix: string): Namespaces {
  const { existingNamespaces = {} } = args;
  return Object.fromEntries(zones.map(({ name }) => [name, existingNamespaces[name] ?? `${prefix}-${name}`]));
}

/** Namespace of a workload. Pure. */
export function namespaceOf(perimeter: Perimeter, namespaces: Namespaces, workload: string): string {
  const zone = perimeter.workloads.find(({ name }) => name === workload)?.zone;
  const namespace = zone === undefined ? undefined : namespaces[zone];
  if (namespace === undefined) throw new Error(`"${workload}" is in no zone of the perimeter`);
  return namespace;
}
