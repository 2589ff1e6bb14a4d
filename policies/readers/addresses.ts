import ipaddr from "ipaddr.js";

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** An address or a range of them; undefined if it is neither. */
function range(given: string): Range | undefined {
  if (ipaddr.isValid(given)) {
    const address = ipaddr.parse(given);
    return [address, address.kind() === "ipv4" ? 32 : 128];
  }
  return ipaddr.isValidCIDR(given) ? ipaddr.parseCIDR(given) : undefined;
}

/** Whether it names exactly one address. */
export function isSingle(given: string): boolean {
  const [address, length] = range(given) ?? [];
  return address !== undefined && length === (address.kind() === "ipv4" ? 32 : 128);
}

/** Whether all of a range is in another. */
export function isInside(inner: string, outer: string): boolean {
  const [one, other] = [range(inner), range(outer)];
  if (!one || !other || one[0].kind() !== other[0].kind()) return false;
  return other[1] <= one[1] && (one[0] as ipaddr.IPv4).match(other[0] as ipaddr.IPv4, other[1]);
}

/** Which of some ranges a way to `cidr` opens, of which `except` is shut again. */
export function opened(cidr: string, except: string[], ranges: string[]): string[] {
  return ranges.filter((one) => {
    // The smaller of the two is what they have in common.
    const common = isInside(one, cidr) ? one : isInside(cidr, one) ? cidr : undefined;
    return common !== undefined && !except.some((shut) => isInside(common, shut));
  });
}
