import { formatAddress, formatCidr, parseCidr } from "./cidr";

/** A network of its own for one link. */
export interface Subnet {
  /** IPv4 range in CIDR notation. */
  cidr: string;
  /** The first usable address. */
  gateway: string;
  /** The other usable addresses, ascending. */
  hosts: string[];
}

/**
 * Gives each key a subnet of its own from a range, such that adding or removing a key leaves the others where they are.
 *
 * A key's home is its hash modulo the number of slots. A key that shares its home with no other always gets it, whatever other keys
 * there are. Where several share a home, the alphabetically first gets it and the others take the next slots that are nobody's home;
 * only those others can move when keys come and go.
 *
 * @param keys Distinct texts, such as `edge--guard`; their order does not matter.
 * @param prefix Prefix length of each subnet. @default 29, which leaves a gateway and five hosts
 * @throws Error if the range is invalid or too small, or if a key is given twice.
 * @example
 * carve("10.213.16.0/20", ["edge--guard"])["edge--guard"] // { cidr: "10.213.17.24/29", gateway: "10.213.17.25", hosts: […] }
 */
export function carve(zoneCidr: string, keys: readonly string[], prefix = 29): Record<string, Subnet> {
  const zone = parseCidr(zoneCidr);
  if (!Number.isInteger(prefix) || prefix < zone.prefix || prefix > 30)
    throw new Error(`a subnet of prefix ${prefix} cannot be carved from "${zoneCidr}"; use ${zone.prefix} to 30`);
  const sorted = [...keys].sort();
  const repeated = sorted.find((key, index) => key === sorted[index + 1]);
  if (repeated !== undefined) throw new Error(`key "${repeated}" is given twice; give each once`);

  const slots = 2 ** (prefix - zone.prefix);
  if (keys.length > slots) {
    const fitting = prefix - Math.ceil(Math.log2(keys.length));
    throw new Error(
      `${slots} subnets of /${prefix} fit into "${zoneCidr}" but ${keys.length} are needed; ${fitting < 8 ? "no range is wide enough" : `use a range of /${fitting} or wider`}`,
    );
  }
  const size = 2 ** (32 - prefix);
  return Object.fromEntries(
    [...slotOf(sorted, slots)].map(([key, slot]) => [key, subnet(zone.first + slot * size, prefix, size)]),
  );
}

function slotOf(sorted: string[], slots: number): Map<string, number> {
  const taken = new Set<number>();
  const slotByKey = new Map<string, number>();
  const homeless: string[] = [];
  for (const key of sorted) {
    const home = fnv1a(key) % slots;
    if (taken.has(home)) homeless.push(key);
    else {
      taken.add(home);
      slotByKey.set(key, home);
    }
  }
  // After all homes are given, so that a displaced key never takes the home of another and displaces it in turn.
  for (const key of homeless) {
    let slot = fnv1a(key) % slots;
    while (taken.has(slot)) slot = (slot + 1) % slots;
    taken.add(slot);
    slotByKey.set(key, slot);
  }
  return new Map(sorted.map((key) => [key, slotByKey.get(key) ?? 0]));
}

function subnet(first: number, prefix: number, size: number): Subnet {
  const usable = Array.from({ length: size - 2 }, (_, index) => formatAddress(first + 1 + index));
  const [gateway = "", ...hosts] = usable;
  return { cidr: formatCidr(first, prefix), gateway, hosts };
}

/** FNV-1a, 32 bits, over UTF-8. The result is part of what `carve` promises, so it must never change. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
