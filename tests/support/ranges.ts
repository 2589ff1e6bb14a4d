import ipaddr from "ipaddr.js";

/** A set of IPv4 addresses: from, to, from, to …, in order and apart. */
export type Addresses = readonly (readonly [number, number])[];

const LAST = 2 ** 32 - 1;

/** The addresses of ranges, each as `10.0.0.0/8`, `10.0.0.1-10.0.0.9` or one address. */
export function addresses(ranges: Iterable<string>): Addresses {
  return merged([...ranges].map(bounds));
}

export function union(...sets: Addresses[]): Addresses {
  return merged(sets.flat());
}

export function without(set: Addresses, taken: Addresses): Addresses {
  return complement(union(complement(set), taken));
}

/** As few ranges as possible, and what is left out if that is shorter. */
export function written(set: Addresses): string {
  const [are, arenot] = [cidrs(set), cidrs(complement(set))];
  return arenot.length > 0 && arenot.length < are.length ? `0.0.0.0/0 except ${arenot.join(" ")}` : are.join(" ");
}

function bounds(range: string): [number, number] {
  if (range.includes("/")) {
    const first = ipaddr.IPv4.networkAddressFromCIDR(range).toString();
    return [number(first), number(ipaddr.IPv4.broadcastAddressFromCIDR(range).toString())];
  }
  const [first = "", last = first] = range.split("-");
  return [number(first), number(last)];
}

function number(address: string): number {
  return ipaddr.IPv4.parse(address).octets.reduce((sum, octet) => sum * 256 + octet, 0);
}

function text(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}

function merged(pairs: readonly (readonly [number, number])[]): Addresses {
  const result: [number, number][] = [];
  for (const [first, last] of [...pairs].sort(([one], [other]) => one - other)) {
    const before = result.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else result.push([first, last]);
  }
  return result;
}

function complement(set: Addresses): Addresses {
  const gaps: [number, number][] = [];
  let next = 0;
  for (const [first, last] of set) {
    if (first > next) gaps.push([next, first - 1]);
    next = last + 1;
  }
  return next <= LAST ? [...gaps, [next, LAST]] : gaps;
}

function cidrs(set: Addresses): string[] {
  return set.flatMap(([first, last]) => {
    const blocks: string[] = [];
    for (let at = first; at <= last; ) {
      let size = at === 0 ? 2 ** 32 : 2 ** Math.min(32, trailingZeros(at));
      while (at + size - 1 > last) size /= 2;
      blocks.push(`${text(at)}/${32 - Math.log2(size)}`);
      at += size;
    }
    return blocks;
  });
}

function trailingZeros(value: number): number {
  return 31 - Math.clz32(value & -value);
}
