import { sleep } from "../../testbed/sleep";
import { type Case, gotThrough, type Outcome, runCases } from "./case";
import type { Context } from "./context";
import { DEFENCES, type Defence } from "./defences";
import type { ConformanceDriver } from "./driver";

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
 * The path is as it was when this ends, however it ends.
 */
export async function* weaken(context: Context, cases: readonly Case[], only: RegExp): AsyncGenerator<Bite> {
  const wanted = DEFENCES.filter(({ name }) => only.test(name));
  const path = await Path.of(
    context.driver,
    wanted.flatMap(({ changes }) => Object.keys(changes)),
  );
  // A run that is ended must not leave a weak path behind.
  const end = (signal: NodeJS.Signals) =>
    void path.become({}).finally(() => process.exit(signal === "SIGINT" ? 130 : 143));
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  try {
    for (const defence of wanted) yield await without(defence, context, cases, path);
  } finally {
    await path.become({});
    process.off("SIGINT", end);
    process.off("SIGTERM", end);
  }
  await path.check();
}

/** The configurations of the workloads that are weakened, as they were and as they are. */
class Path {
  private constructor(
    private readonly driver: ConformanceDriver,
    readonly originals: ReadonlyMap<string, string>,
    private readonly present: Map<string, string>,
  ) {}

  static async of(driver: ConformanceDriver, workloads: string[]): Promise<Path> {
    const originals = new Map<string, string>();
    for (const workload of new Set(workloads)) originals.set(workload, await driver.configuration(workload));
    return new Path(driver, originals, new Map(originals));
  }

  /** Gives these workloads these configurations, and all others their own; what has it already is left alone. */
  async become(weak: Readonly<Record<string, string>>): Promise<void> {
    const changed = [...this.originals]
      .map(([workload, original]) => [workload, weak[workload] ?? original] as const)
      .filter(([workload, configuration]) => this.present.get(workload) !== configuration);
    await Promise.all(
      changed.map(async ([workload, configuration]) => {
        // Not known until it is done, so that a failure is mended.
        this.present.delete(workload);
        await this.driver.reconfigure(workload, configuration);
        this.present.set(workload, configuration);
      }),
    );
  }

  async check(): Promise<void> {
    for (const [workload, original] of this.originals) {
      if ((await this.driver.configuration(workload)) !== original)
        throw new Error(`${workload} does not have its own configuration back`);
    }
  }
}

async function without(defence: Defence, context: Context, all: readonly Case[], path: Path): Promise<Bite> {
  const { name, changes, cases: ids } = defence;
  const bite = { defence: name, cases: ids, through: [] };
  const cases = ids.map((id) => all.find((one) => one.id === id));
  if (cases.includes(undefined)) return { ...bite, problem: `no case ${ids[cases.indexOf(undefined)]}` };
  try {
    const weaker: Record<string, string> = {};
    for (const [workload, change] of Object.entries(changes)) {
      const original = path.originals.get(workload) as string;
      const config = JSON.parse(original) as object;
      change(config);
      const weak = JSON.stringify(config);
      // A change that finds nothing to change would prove that the suite is blind.
      if (weak === JSON.stringify(JSON.parse(original)))
        return { ...bite, problem: `nothing to change in ${workload}` };
      weaker[workload] = weak;
    }
    await path.become(weaker);
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
