import { INTERNET } from "../perimeter";
import type { Located } from "./source";
import { withoutTypesetting } from "./typeset";

/**
 * `allow` has been read as the services that live in a zone, as those who may come in, and as where its services may go out to. The
 * first is ours; the functions here tell from a document that one of the others was meant, and what to write instead.
 */
const OURS = '"allow" lists the services that live in the zone';

/** Words by which an entry says who may come in, and where its services may go out to. */
const COMES_IN = ["from", "source", "sources", "ingress", "client", "caller"];
const GOES_OUT = ["to", "destination", "destinations", "egress", "host", "target"];
const EITHER = ["zone", "zones", "cidr", "port", "protocol", "direction", "action"];

/** Explains a word that an entry of `allow` does not have, if it is one of another reading. */
export function entryMisreading(zone: string, key: string, value: Located): string | undefined {
  const named = value.kind === "text" ? withoutTypesetting(value.text) : undefined;
  const [inwards, outwards] = [COMES_IN.includes(key), GOES_OUT.includes(key)];
  if (!inwards && !outwards && !EITHER.includes(key)) return undefined;
  const comesIn = flow(named ?? "<who calls>", `<service of ${zone}>`);
  const goesOut = flow(`<service of ${zone}>`, named ?? "<who is called>");
  const both = `${comesIn} if it may come in, ${goesOut} if it may be called`;
  return `"${key}" says who may talk to whom, and ${OURS}; write under "flows": ${inwards ? comesIn : outwards ? goesOut : both}`;
}

/** Explains a word that a zone does not have, if it is one for who may talk to whom. */
export function zoneMisreading(key: string): string | undefined {
  if (key === "deny") return '"deny" is not needed: what no flow permits is closed; remove it';
  if (![...COMES_IN, ...GOES_OUT].includes(key)) return undefined;
  return `"${key}" says who may talk to whom, which services do, not zones; write each under "flows": ${flow("<who calls>", "<who is called>")}`;
}

/** Explains why a service cannot be in two zones, or twice in one. */
export function sharedMember(service: string, home: string, zone: string): string {
  if (home === zone) return `service "${service}" is listed twice in zone "${zone}"; list it once`;
  return `service "${service}" lives in zone "${home}" already, and ${OURS}; list it there only and write under "flows": ${ways(service, zone)}`;
}

/** Explains an entry that names the outside, or a zone where a service is meant. */
export function bareMisreading(service: string, zone: string, namesZone: boolean): string | undefined {
  if (service === INTERNET)
    return `"${INTERNET}" is the outside and lives in no zone, and ${OURS}; write under "flows": ${ways(service, zone)}`;
  if (!namesZone || service === zone) return undefined;
  return `"${service}" is a zone, and ${OURS}; write under "flows" which service of one may call which of the other: ${flow(`<service of ${service}>`, `<service of ${zone}>`)}, or the other way round; if a service has that name too, add its "ports"`;
}

function ways(other: string, zone: string): string {
  return `${flow(other, `<service of ${zone}>`)} if it may come in, ${flow(`<service of ${zone}>`, other)} if it may be called from there`;
}

function flow(from: string, to: string): string {
  return `{ from: ${from}, to: ${to}, port: …, authentication: …, purpose: … }`;
}
