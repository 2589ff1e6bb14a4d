import {
  carve,
  entrances,
  exits,
  INTERNET,
  type Link,
  linkKey,
  links,
  type Perimeter,
  workload,
} from "../../perimeter";

/** One Docker network: the members of one link and their fixed addresses. */
export interface LinkAddresses {
  /** Suffix of the network's resource name. */
  key: string;
  /** Whether strangers come in by it, the outside is reached by it, or two workloads talk over it. */
  kind: "entrance" | "exit" | "internal";
  cidr: string;
  gateway: string;
  /** Address by member; the internet is no member. */
  members: Record<string, string>;
}

const ZONE_PREFIX = 20;

/** Gives every link of the perimeter a subnet out of the range of the zone that accepts it. Pure, and stable when flows are added. */
export function linkAddresses(perimeter: Perimeter, base: string): LinkAddresses[] {
  const ranges = zoneRanges(perimeter, base);
  const placed = [
    ...entrances(perimeter).map((link) => place(perimeter, link, "entrance")),
    ...links(perimeter).map((link) => place(perimeter, link, "internal")),
    ...exits(perimeter).map((link) => place(perimeter, link, "exit")),
  ];
  return perimeter.zones.flatMap(({ name }) => {
    const here = placed.filter((link) => link.zone === name);
    const subnets = carve(
      ranges[name] as string,
      here.map((link) => link.key),
    );
    return here.map(({ key, kind, members }) => {
      const { cidr, gateway, hosts } = subnets[key] as (typeof subnets)[string];
      return {
        key,
        kind,
        cidr,
        gateway,
        members: Object.fromEntries(members.map((one, i) => [one, hosts[i] as string])),
      };
    });
  });
}

function place(perimeter: Perimeter, link: Link, kind: LinkAddresses["kind"]) {
  const members = [link.from, link.to].filter((one) => one !== INTERNET);
  const owner = workload(perimeter, members.at(-1) as string);
  // An exit has a key of its own: its workload may have an entrance too.
  return { key: kind === "exit" ? `${link.from}--out` : linkKey(link), kind, members, zone: owner.zone };
}

function zoneRanges(perimeter: Perimeter, base: string): Record<string, string> {
  const unassigned = perimeter.zones.filter((zone) => !zone.cidr).map((zone) => zone.name);
  const slices = carve(base, unassigned, ZONE_PREFIX);
  return Object.fromEntries(
    perimeter.zones.map((zone) => [zone.name, zone.cidr ?? (slices[zone.name]?.cidr as string)]),
  );
}
