import { formatCidr, parseCidr } from "./cidr";
import type { Zone } from "./model";

const PURPOSES = {
  public: "Takes what comes from the internet and passes on only what is logged in.",
  application: "Decides who may do what and passes on what is allowed.",
  agent: "Runs the agent, which is taken to be compromised at any time.",
  egress: "Calls the internet on behalf of the agent and holds the keys for it.",
  data: "Keeps state that outlives a workload.",
  management: "Issues certificates, keeps logs and watches the rest.",
} as const;

/** Name of one of the preset's zones. */
export type PresetZone = keyof typeof PURPOSES;

/**
 * The usual six zones: public, application, agent, egress, data and management.
 *
 * @param cidr IPv4 range of at least /20 that is divided equally among them; without it the zones have no ranges.
 * @throws Error if the range is invalid or narrower than /20.
 * @example
 * presetZones("10.213.0.0/16").map((zone) => zone.cidr) // ["10.213.0.0/19", "10.213.32.0/19", …]
 */
export function presetZones(cidr?: string): Zone[] {
  const zones: Zone[] = Object.entries(PURPOSES).map(([name, purpose]) => ({ name, purpose }));
  if (cidr === undefined) return zones;
  const base = parseCidr(cidr, 8, 20);
  const bits = Math.ceil(Math.log2(zones.length));
  const size = base.size / 2 ** bits;
  return zones.map((zone, index) => ({ ...zone, cidr: formatCidr(base.first + index * size, base.prefix + bits) }));
}
