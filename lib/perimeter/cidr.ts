import ipaddr from "ipaddr.js";

/** An IPv4 range as numbers, which is what carving and comparing need. */
export interface Range {
  /** The lowest address. */
  first: number;
  /** Length of the prefix in bits. */
  prefix: number;
  /** Number of addresses. */
  size: number;
}

/** True for an IPv4 or IPv6 address as it is written in a certificate: in one way only. */
export function isAddress(text: string): boolean {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return true;
  return ipaddr.IPv6.isValid(text) && ipaddr.IPv6.parse(text).toString() === text;
}

/** Ranges that are nobody's on the internet; a network on any other would hide the hosts that are there. */
const INTERNAL = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15"];

/**
 * Reads an IPv4 range in CIDR notation.
 * @param widest Shortest prefix allowed.
 * @param narrowest Longest prefix allowed.
 * @throws Error if the text is no IPv4 range, has host bits set, is too wide or too narrow, or is not an internal range.
 * @example
 * parseCidr("10.213.0.0/16").size // 65536
 */
export function parseCidr(cidr: string, widest = 8, narrowest = 28): Range {
  const example = 'use one such as "10.213.0.0/16"';
  const [address = "", length = "", ...rest] = cidr.split("/");
  if (
    !ipaddr.IPv4.isValidFourPartDecimal(address) ||
    !/^(0|[1-9]\d?)$/.test(length) ||
    rest.length > 0 ||
    Number(length) > 32
  )
    throw new Error(`"${cidr}" is no IPv4 range in CIDR notation; ${example}`);
  const prefix = Number(length);
  if (prefix < widest) throw new Error(`"${cidr}" is too wide; use /${widest} to /${narrowest}`);
  if (prefix > narrowest) throw new Error(`"${cidr}" is too narrow; use /${widest} to /${narrowest}`);
  const size = 2 ** (32 - prefix);
  const given = toNumber(address);
  const first = given - (given % size);
  if (given !== first) throw new Error(`"${cidr}" has host bits set; use "${formatCidr(first, prefix)}"`);
  const range = { first, prefix, size };
  if (!INTERNAL.some((internal) => contains(parts(internal), range)))
    throw new Error(
      `"${cidr}" is not an internal range, so it would hide hosts of the internet; use a part of ${INTERNAL.join(", ")}`,
    );
  return range;
}

/** What is wrong with an IPv4 range of any width, public or not; undefined if nothing. */
export function rangeProblem(cidr: string): string | undefined {
  const [address = "", length = "", ...rest] = cidr.split("/");
  const example = 'use one such as "10.0.0.1/32"';
  const prefix = Number(length);
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) || !/^(0|[1-9]\d?)$/.test(length) || rest.length > 0 || prefix > 32)
    return `"${cidr}" is no IPv4 range in CIDR notation; ${example}`;
  const network = ipaddr.IPv4.networkAddressFromCIDR(cidr).toString();
  return network === address ? undefined : `"${cidr}" has host bits set; use "${network}/${prefix}"`;
}

/** Whether all of a range is in another one; both are good ones. */
export function isWithin(inner: string, outer: string): boolean {
  return contains(parts(outer), parts(inner));
}

/** Whether two ranges share an address. */
export function overlaps(one: Range, other: Range): boolean {
  return one.first < other.first + other.size && other.first < one.first + one.size;
}

/** The text of an address given as a number. */
export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
}

/** The text of a range. */
export function formatCidr(first: number, prefix: number): string {
  return `${formatAddress(first)}/${prefix}`;
}

function contains(outer: Range, inner: Range): boolean {
  return outer.first <= inner.first && inner.first + inner.size <= outer.first + outer.size;
}

function parts(cidr: string): Range {
  const [address, prefix] = ipaddr.IPv4.parseCIDR(cidr);
  return { first: toNumber(address.toString()), prefix, size: 2 ** (32 - prefix) };
}

function toNumber(address: string): number {
  return ipaddr.IPv4.parse(address).octets.reduce((number, octet) => number * 256 + octet, 0);
}
