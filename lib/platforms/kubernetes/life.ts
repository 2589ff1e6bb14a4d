import { createHash } from "node:crypto";

/** cert-manager grants nothing shorter than an hour. */
const SHORTEST_HOURS = 1;
const NANOSECONDS = 1_000_000_000;

/**
 * How long a leaf is to live: one second less than so many hours, and then a fraction of a second that stands for who signs.
 *
 * cert-manager issues anew when something else is asked for, and not when its issuer has another key: without this the leaves of a root
 * that is replaced would stay until they are renewed, long after the root is trusted no more. A certificate itself has whole seconds. Pure.
 *
 * @param signer PEM of the signer's certificate.
 */
export function lifeOf(hours: number, signer: string): string {
  const fingerprint = createHash("sha256").update(signer).digest("hex").slice(0, 12);
  const fraction = `${Number.parseInt(fingerprint, 16) % NANOSECONDS}`.padStart(9, "0");
  return hours > SHORTEST_HOURS ? `${hours - 1}h59m59.${fraction}s` : `${hours}h0m0.${fraction}s`;
}

/** What no life of so many hours exceeds. Pure. */
export function longestLife(hours: number): string {
  return hours > SHORTEST_HOURS ? `${hours}h` : `${hours}h0m1s`;
}
