import { zone as mustBeZone, type Perimeter } from "../lib/perimeter";
import { perimeterDifferences, withoutTypesetting } from "../lib/zones";
import type { VerifyDriver } from "./driver";
import { report } from "./table";
import { verify } from "./verify";

/** What a file of zones says. */
export interface ZonesFile {
  /** Name of the file. */
  name: string;
  perimeter: Perimeter;
}

export interface NetworkTestOptions {
  /**
   * Name of the only zone to look at.
   * @default - all
   */
  zone?: string;
  /**
   * What the deployed perimeter should be as.
   * @default - compared with its own declaration only
   */
  zones?: ZonesFile;
}

/**
 * Says how a deployed perimeter differs from a file of zones, if there is one, then tries every flow and says what came of it. Returns
 * the exit code: 0 if nothing differs and every flow is as declared. Serves requirements 41 and 45.
 *
 * @param connect Called once the names are known to be good.
 * @throws Error if the zone is not declared; suggests the nearest name and lists all.
 */
export async function networkTest(
  connect: () => Promise<VerifyDriver>,
  deployed: Perimeter,
  { zone: given, zones }: NetworkTestOptions,
  line: (text: string) => void,
): Promise<number> {
  const zone = given === undefined ? undefined : zoneNamed(given, deployed);
  const differences = zones === undefined ? [] : compare(zones, deployed);
  for (const text of differences) line(text);
  const verification = await verify(await connect(), deployed, { zone });
  for (const text of report(verification, zone === undefined ? undefined : { perimeter: deployed, zone })) line(text);
  if (differences.length > 0) line(`${zones?.name} and the deployed perimeter differ, as said above the table`);
  return differences.length === 0 && verification.causes.length === 0 ? 0 : 1;
}

/** The name as declared; one copied from a printed page will do. */
function zoneNamed(given: string, perimeter: Perimeter): string {
  const name = withoutTypesetting(given);
  try {
    return mustBeZone(perimeter, name).name;
  } catch (error) {
    const { message } = error as Error;
    const known = perimeter.zones.map((zone) => `"${zone.name}"`).join(", ");
    throw new Error(message.endsWith("?") ? `${message} The zones are ${known}` : message);
  }
}

/** One line for what each has and the other has not; none if they are the same. */
function compare({ name, perimeter }: ZonesFile, deployed: Perimeter): string[] {
  const { first, second } = perimeterDifferences(perimeter, deployed);
  if (first.length + second.length === 0) return [];
  return [
    ...(first.length > 0 ? [`in ${name}, but not deployed:`, ...first.map(indented)] : []),
    ...(second.length > 0 ? [`deployed, but not in ${name}:`, ...second.map(indented)] : []),
    "",
  ];
}

function indented(text: string): string {
  return `  ${text}`;
}
