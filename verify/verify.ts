import { type FlowProbe, type FlowProbeOptions, flowProbes, type Perimeter } from "../lib/perimeter";
import type { Seen, VerifyDriver } from "./driver";

export interface Verdict {
  probe: FlowProbe;
  seen: Seen;
}

export interface Verification {
  verdicts: Verdict[];
  /** What does not hold, one sentence each; empty if the perimeter holds. */
  causes: string[];
}

/** So many attempts at once: a closed port may cost its whole time limit, and each attempt is a process. */
const AT_ONCE = 8;

/**
 * Compares a deployed perimeter with its declaration by trying every flow. Serves requirement 45.
 * @throws Error if the zone is not declared; suggests the nearest name.
 */
export async function verify(
  driver: VerifyDriver,
  perimeter: Perimeter,
  options: FlowProbeOptions = {},
): Promise<Verification> {
  const probes = flowProbes(perimeter, options);
  const seen = await mapLimited(probes, AT_ONCE, ({ from, to, number }) => driver.tryFlow(from, to, number));
  const verdicts = probes.map((probe, i) => ({ probe, seen: seen[i] as Seen }));
  const strangers = await driver.strangers();
  return { verdicts, causes: [...verdicts.flatMap(cause), ...strangers] };
}

/** Why a verdict is a bad one, such as `egress → guard:mtls is open, but not declared`. */
function cause({ probe: { from, to, port, expected }, seen }: Verdict): string[] {
  const flow = `${from} → ${to}:${port}`;
  if (seen.state === "unknown") return [`${flow} could not be tried: ${seen.why}`];
  if (seen.state === expected) return [];
  return [seen.state === "open" ? `${flow} is open, but not declared` : `${flow} is declared, but closed: ${seen.why}`];
}

/** As `Promise.all` over a map, with so many at once. Results keep the order of the items. */
export async function mapLimited<Item, Result>(
  items: readonly Item[],
  limit: number,
  body: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  const work = async () => {
    for (const [i, item] of queue) results[i] = await body(item);
  };
  await Promise.all(Array.from({ length: limit }, work));
  return results;
}
