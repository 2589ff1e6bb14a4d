import { isSingle, opened } from "../readers/addresses";
import { kindOf } from "../readers/kinds";
import { blocksOf, peersOf } from "../readers/network-policies";
import type { ResourceRule } from "../rule";

interface RangeSettings {
  ranges: string[];
  allowed: string[];
}

const METADATA = "169.254.0.0/16";

export const egressPrivateRange: ResourceRule<RangeSettings> = {
  id: "egress-private-range",
  level: "mandatory",
  severity: "critical",
  description: "A way out leaves out ranges from inside, and the cloud's metadata above all.",
  why: "Otherwise it leads to the machine's credentials and to every neighbour as well.",
  controls: { sp800207: [2, 4], sp80053: ["SC-7", "AC-4"], iso27001: ["A.8.20", "A.8.22"] },
  settings: {
    ranges: {
      type: "array",
      items: { type: "string" },
      description: "Ranges that are inside",
      default: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", METADATA, "fc00::/7", "fe80::/10"],
    },
    allowed: {
      type: "array",
      items: { type: "string" },
      description: "Ranges inside that may be reached, such as an identity provider's",
      default: [],
    },
  },
  check: (resource, { ranges, allowed }) => {
    if (kindOf(resource) !== "NetworkPolicy") return [];
    return peersOf(resource, "Egress")
      .flatMap(blocksOf)
      .flatMap(({ cidr, except }) => {
        const inside = opened(cidr, [...except, ...allowed], ranges);
        // A single address was named on purpose, unless it is that of metadata.
        if (inside.length === 0 || (isSingle(cidr) && !inside.includes(METADATA))) return [];
        return [`${cidr} opens the way to ${inside.join(", ")}; list them under except`];
      });
  },
};
