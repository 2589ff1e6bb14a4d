import type { Perimeter, Workload, Zone } from "../perimeter";
import { bareMisreading, entryMisreading, sharedMember, zoneMisreading } from "./allow";
import type { ZoneServiceArgs } from "./import";
import type { Places } from "./places";
import type { Reader } from "./reader";
import type { Located } from "./source";

/** What a zone may say. */
export const ZONE = ["name", "purpose", "cidr", "allow"];
const COMPLETION = ["ports", "credentials", "names", "addresses"] as const;
/** What an entry of `allow` may say. */
export const ENTRY: readonly string[] = ["service", ...COMPLETION];

/** The document's zones and the services that live in them, completed by what was given beside it. */
export function readZones(
  node: Located | undefined,
  completion: Record<string, ZoneServiceArgs>,
  reader: Reader,
  places: Places,
): Pick<Perimeter, "zones" | "workloads"> {
  const written = reader.list(node, '"zones"');
  const zones = written.map((zone, i) => {
    places.add(`zones[${i}]`, zone);
    return readZone(zone, reader);
  });
  const members = new Members(zones, completion, reader, places);
  for (const [i, zone] of written.entries()) members.add(zones[i] as Zone, zone);
  return { zones, workloads: members.workloads };
}

function readZone(node: Located, reader: Reader): Zone {
  const fields = reader.fields(node, "a zone", ZONE, zoneMisreading);
  const [name, purpose, cidr] = [fields.get("name"), fields.get("purpose"), fields.get("cidr")];
  if (name === undefined && node.kind === "map") reader.report(node, 'a zone without "name"; give it one');
  return {
    name: name === undefined ? "" : reader.name(name, "zone name"),
    ...(purpose && { purpose: reader.text(purpose, '"purpose"') }),
    ...(cidr && { cidr: reader.text(cidr, '"cidr"') }),
  };
}

/** Collects the services of all zones; each lives in one. */
class Members {
  readonly workloads: Workload[] = [];

  constructor(
    private readonly zones: readonly Zone[],
    private readonly completion: Record<string, ZoneServiceArgs>,
    private readonly reader: Reader,
    private readonly places: Places,
  ) {}

  add(zone: Zone, node: Located): void {
    const allow = node.kind === "map" ? node.fields.get("allow") : undefined;
    for (const entry of this.reader.list(allow, '"allow"')) this.addEntry(zone.name, entry);
  }

  private addEntry(zone: string, entry: Located): void {
    if (entry.kind === "text") {
      const message = `an entry of "allow" is the text "${entry.text}"; write "service: ${entry.text}"`;
      this.reader.report(entry, message);
      return;
    }
    const explain = (key: string, value: Located) => entryMisreading(zone, key, value);
    const fields = this.reader.fields(entry, 'an entry of "allow"', ENTRY, explain);
    const service = fields.get("service");
    if (service !== undefined) this.addService(zone, entry, service, fields);
    else if (entry.kind === "map" && [...fields.keys()].every((key) => ENTRY.includes(key)))
      this.reader.report(entry, 'an entry of "allow" without "service"; name the service that lives in the zone');
  }

  private addService(zone: string, entry: Located, service: Located, fields: Map<string, Located>): void {
    const name = this.reader.name(service, "service");
    const given = Object.hasOwn(this.completion, name) ? (this.completion[name] ?? {}) : {};
    const misreading = this.misreading(name, zone, fields.size === 1 && given.ports === undefined);
    if (misreading !== undefined) {
      this.reader.report(service, misreading);
      return;
    }
    const path = `workloads[${this.workloads.length}]`;
    this.places.add(path, entry);
    this.places.add(`${path}.name`, service);
    for (const key of COMPLETION)
      if (given[key] !== undefined) this.places.add(`${path}.${key}`, `args.services["${name}"].${key}`);
    this.workloads.push({ name, zone, ...readCompletion(name, service, fields, given, this.reader) });
  }

  private misreading(name: string, zone: string, isBare: boolean): string | undefined {
    const home = this.workloads.find((workload) => workload.name === name)?.zone;
    if (home !== undefined) return sharedMember(name, home, zone);
    return bareMisreading(name, zone, isBare && this.zones.some((known) => known.name === name));
  }
}

function readCompletion(
  name: string,
  service: Located,
  fields: Map<string, Located>,
  given: ZoneServiceArgs,
  reader: Reader,
): Omit<Workload, "name" | "zone"> {
  for (const key of COMPLETION) {
    const node = fields.get(key);
    if (node !== undefined && given[key] !== undefined)
      reader.report(node, `"${key}" is also given as args.services["${name}"].${key}; keep one`);
  }
  const [ports, credentials, names, addresses] = COMPLETION.map((key) => fields.get(key));
  if (ports === undefined && given.ports === undefined)
    reader.report(
      service,
      `no "ports" of "${name}"; add "ports: { https: 8443 }" here or give args.services["${name}"].ports, {} if it listens on none`,
    );
  return {
    ...given,
    ...(credentials && { credentials: reader.names(credentials, '"credentials"') }),
    ...(names && { names: reader.texts(names, '"names"') }),
    ...(addresses && { addresses: reader.texts(addresses, '"addresses"') }),
    ports: ports ? reader.ports(ports) : (given.ports ?? {}),
  };
}
