import { sleep } from "../../testbed/sleep";
import { type Case, gotThrough, type Outcome, runCases } from "./case";
import type { Context } from "./context";
import { DEFENCES, type Defence } from "./defences";

/** What came of taking one defence away. */
export interface Bite {
  defence: string;
  cases: string[];
  /** Attacks that got through without the defence; empty if the suite did not notice that it was gone. */
  through: string[];
  /** What could not be done, if anything. */
  problem?: string;
}

/**
 * Takes each defence away in turn, and looks whether its cases notice: a suite that passes on a path without defences proves nothing.
 * The path is as it was whenever this says something or ends, whatever happens.
 */
export async function* weaken(context: Context, cases: readonly Case[], only: RegExp): AsyncGenerator<Bite> {
  const { driver } = context;
  const wanted = DEFENCES.filter(({ name }) => only.test(name));
  const workloads = [...new Set(wanted.flatMap(({ changes }) => Object.keys(changes)))];
  const originals = new Map<string, string>();
  for (const workload of workloads) originals.set(workload, await driver.configuration(workload));
  const restore = async (names: readonly string[]) => {
    for (const name of names) await driver.reconfigure(name, originals.get(name) as string);
  };
  let weakened: string[] = [];
  // A run that is ended must not leave a weak path behind.
  const end = (signal: NodeJS.Signals) =>
    void restore(weakened).finally(() => process.exit(signal === "SIGINT" ? 130 : 143));
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  try {
    for (const defence of wanted) {
      weakened = Object.keys(defence.changes);
      const bite = await without(defence, context, cases, originals);
      await restore(weakened);
      weakened = [];
      yield bite;
    }
  } finally {
    await restore(weakened);
    process.off("SIGINT", end);
    process.off("SIGTERM", end);
  }
  for (const [workload, original] of originals) {
    if ((await driver.configuration(workload)) !== original)
      throw new Error(`${workload} does not have its own configuration back`);
  }
}

async function without(
  defence: Defence,
  context: Context,
  all: readonly Case[],
  originals: Map<string, string>,
): Promise<Bite> {
  const { name, changes, cases: ids } = defence;
  const bite = { defence: name, cases: ids, through: [] };
  const cases = ids.map((id) => all.find((one) => one.id === id));
  if (cases.includes(undefined)) return { ...bite, problem: `no case ${ids[cases.indexOf(undefined)]}` };
  try {
    for (const [workload, change] of Object.entries(changes)) {
      const original = originals.get(workload) as string;
      const config = JSON.parse(original) as object;
      change(config);
      const weak = JSON.stringify(config);
      // A change that finds nothing to change would prove that the suite is blind.
      if (weak === JSON.stringify(JSON.parse(original)))
        return { ...bite, problem: `nothing to change in ${workload}` };
      await context.driver.reconfigure(workload, weak);
    }
    // The guard fetches the provider's keys anew, and refuses everybody until it has them.
    await sleep(500);
    const outcomes = await runCases(cases as Case[], context);
    const through = outcomes.filter(gotThrough).map(({ case: { id }, seen }) => `${id}: ${seen}`);
    return through.length > 0 ? { ...bite, through } : { ...bite, problem: said(outcomes) };
  } catch (error) {
    return { ...bite, problem: (error as Error).message };
  }
}

const said = (outcomes: readonly Outcome[]) => `nothing got through: ${outcomes.map(({ seen }) => seen).join(", ")}`;
