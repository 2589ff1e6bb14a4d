import type { Perimeter } from "./model";
import { workload } from "./query";

/** For a deployment whose CA signs for nobody else. */
export const DEFAULT_TRUST_DOMAIN = "openclaw.internal";

/**
 * The SPIFFE ID of a workload: `spiffe://<trust domain>/<zone>/<workload>`. Certificates carry it, peers pin it.
 * @throws Error if there is no such workload; suggests the nearest name.
 * @example
 * spiffeId(perimeter, "guard") // "spiffe://openclaw.internal/application/guard"
 */
export function spiffeId(perimeter: Perimeter, workloadName: string): string {
  const { name, zone } = workload(perimeter, workloadName);
  return `spiffe://${perimeter.trustDomain}/${zone}/${name}`;
}
