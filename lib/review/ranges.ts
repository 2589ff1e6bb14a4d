import ipaddr from "ipaddr.js";

/** Addresses from one to another, as numbers; IPv6 lies behind IPv4. */
type Span = readonly [first: bigint, last: bigint];

const BEHIND = 1n << 128n;

/**
 * Those of some ranges that have an address which is in none of the others. Several of the others may cover one together. What is no
 * range is only equal to itself.
 */
export function beyond(ranges: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  const fresh = ranges.filter((range) => !known.has(range));
  if (fresh.length === 0) return [];
  const allowed = merged(others.map(span).filter((one) => one !== undefined));
  return fresh.filter((range) => {
    const wanted = span(range);
    return wanted === undefined || !allowed.some(([first, last]) => first <= wanted[0] && wanted[1] <= last);
  });
}

function span(range: string): Span | undefined {
  try {
    const [address, prefix] = ipaddr.parseCIDR(range);
    const bytes = address.toByteArray();
    const size = 1n << BigInt(bytes.length * 8 - prefix);
    const number = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    const first = number - (number % size) + (bytes.length === 4 ? 0n : BEHIND);
    return [first, first + size - 1n];
  } catch {
    return undefined;
  }
}

function merged(spans: readonly Span[]): Span[] {
  const result: [bigint, bigint][] = [];
  for (const [first, last] of [...spans].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const before = result.at(-1);
    if (before && first <= before[1] + 1n) {
      if (last > before[1]) before[1] = last;
    } else result.push([first, last]);
  }
  return result;
}
