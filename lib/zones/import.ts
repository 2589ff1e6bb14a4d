import { type Credential, type Flow, type Perimeter, unknownName, type Workload } from "../perimeter";
import { problemsOf } from "./check";
import { ZonesError, type ZonesProblem } from "./error";
import { Places } from "./places";
import { readCredentials, readFlows } from "./read-flows";
import { ENTRY, readZones, ZONE } from "./read-zones";
import { Reader } from "./reader";
import { type Located, NO_ZONES, readSource } from "./source";

/** What a document may leave to the program that reads it, by service. */
export type ZoneServiceArgs = Pick<Workload, "credentials" | "names" | "addresses"> & {
  /**
   * Named TCP ports it listens on; `{}` if on none.
   * @default - the document says them
   */
  ports?: Workload["ports"];
};

/** What the document does not say. The trust domain and the ports of each service have to be in one of the two places. */
export interface ImportZonesArgs {
  /**
   * SPIFFE trust domain, such as `openclaw.internal`.
   * @default - the document says it
   */
  trustDomain?: string;
  /**
   * What the document does not say of its services, by their names.
   * @default - the document says all
   */
  services?: Record<string, ZoneServiceArgs>;
  /**
   * Flows besides those of the document.
   * @default - none
   */
  flows?: Flow[];
  /**
   * Credentials besides those of the document.
   * @default - none
   */
  credentials?: Credential[];
  /**
   * Called with each thing that is read otherwise than it is written, and if nothing may talk at all, such as
   * `(warning) => pulumi.log.warn(warning)`.
   * @default - said to nobody
   */
  warn?: (warning: string) => void;
}

/**
 * Reads a document that lists zones, each with its name, its IPv4 range and the services it allows, as a perimeter.
 *
 * `allow` lists the services that live in the zone, and so the only ones that can be called there. It is not the list of those who may
 * come in, nor of where the zone's services may go out to: a service named in one place only would then live nowhere. Where a document
 * shows that it was meant so, it is refused, with the flow to write instead. Only flows permit anything; services of one zone need
 * them too.
 *
 * The ports, authentication and purposes that such a document lacks are written into it (`ports` at a service, a list `flows`) or
 * given beside it. Nothing is filled in: all that is missing is named at once, and wildcards are refused. Hyphens and characters
 * without width that come from a printed page are read as plain ones in names, with a warning.
 *
 * Serves requirements 41, 42 and 44.
 *
 * @throws ZonesError naming everything that is wrong, by line and column
 * @example
 * importZones(readFileSync("zones.yaml", "utf8"), { trustDomain: "shop.internal", services: { shop: { ports: {} } } });
 */
export function importZones(text: string, args: ImportZonesArgs = {}): Perimeter {
  const { warn = () => {} } = args;
  const source = readSource(text);
  const places = new Places();
  const reader = new Reader(source, warn);
  const top = reader.fields(source.root, "the document", TOP, (key) =>
    ZONE.includes(key) || ENTRY.includes(key)
      ? `"${key}" is part of a zone; indent it below the zone's name`
      : undefined,
  );
  const zonesNode = top.get("zones");
  if (zonesNode === undefined) reader.report(source.root, NO_ZONES);
  const perimeter: Perimeter = {
    trustDomain: readTrustDomain(top.get("trustDomain"), args, reader, places, source.root),
    ...readZones(zonesNode, args.services ?? {}, reader, places),
    flows: [...readFlows(top.get("flows"), reader, places), ...(args.flows ?? [])],
    credentials: [...readCredentials(top.get("credentials"), reader, places), ...(args.credentials ?? [])],
  };
  const problems = [...reader.problems, ...unknownServices(args, perimeter)];
  if (problems.length > 0) throw new ZonesError(inOrder(problems));

  addArguments(args, perimeter, places);
  const misfits = problemsOf(perimeter).map((problem) => places.locate(problem, source));
  if (misfits.length > 0) throw new ZonesError(inOrder(misfits));
  if (perimeter.flows.length === 0)
    warn('no flow is declared, so nothing may talk to anything; who may call whom stands under "flows"');
  return perimeter;
}

const TOP = ["trustDomain", "zones", "flows", "credentials"];

function readTrustDomain(
  node: Located | undefined,
  { trustDomain }: ImportZonesArgs,
  reader: Reader,
  places: Places,
  root: Located,
): string {
  if (node === undefined) {
    places.add("trustDomain", "args.trustDomain");
    if (trustDomain === undefined)
      reader.report(
        root,
        'no "trustDomain"; write one such as "trustDomain: openclaw.internal", or give args.trustDomain',
      );
    return trustDomain ?? "";
  }
  places.add("trustDomain", node);
  const written = reader.text(node, '"trustDomain"');
  if (trustDomain !== undefined && trustDomain !== written)
    reader.report(node, `"${written}" is the trust domain here, and "${trustDomain}" is args.trustDomain; keep one`);
  return written;
}

function unknownServices({ services = {} }: ImportZonesArgs, { workloads }: Perimeter): ZonesProblem[] {
  const known = workloads.map(({ name }) => name);
  return Object.keys(services)
    .filter((name) => !known.includes(name))
    .map((name) => ({ place: `args.services["${name}"]`, message: unknownName("service", name, known) }));
}

/** What was given beside the document stands behind what the document has. */
function addArguments({ flows = [], credentials = [] }: ImportZonesArgs, perimeter: Perimeter, places: Places): void {
  for (const [list, given] of [
    ["flows", flows],
    ["credentials", credentials],
  ] as const) {
    const first = perimeter[list].length - given.length;
    for (const i of given.keys()) places.add(`${list}[${first + i}]`, `args.${list}[${i}]`);
  }
}

function inOrder(problems: ZonesProblem[]): ZonesProblem[] {
  const last = Number.MAX_SAFE_INTEGER;
  return problems.sort(
    (one, other) => (one.line ?? last) - (other.line ?? last) || (one.column ?? 0) - (other.column ?? 0),
  );
}
