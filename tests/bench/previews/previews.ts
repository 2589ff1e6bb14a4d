/** What components cost before anything is deployed: previews by the real engine, without a cluster. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repository, StateDirectory } from "../../../testbed/paths";
import type { Progress } from "../../../testbed/progress";
import { byPlan, throwaway } from "../../../testbed/review/stacks";
import { ensurePlugins } from "../../../testbed/steps/plugins";
import { ensurePulumi } from "../../../testbed/steps/pulumi-cli";
import { Project } from "../../preview/support/project";
import { median, ratio } from "../statistics";
import type { Table } from "../table";

const ROUNDS = 5;
const FLOWS = [10, 100, 1000];
const programs = join(__dirname, "programs");

/** The staging stack against the same objects without components, and how the time grows with the number of flows. */
export async function measurePreviews(progress: Progress): Promise<Table[]> {
  const work = mkdtempSync(join(tmpdir(), "zero-trust-openclaw-bench-"));
  try {
    return [await againstByHand(progress, work), await byFlows(progress)];
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function againstByHand(progress: Progress, work: string): Promise<Table> {
  const tools = new StateDirectory(join(work, "tools"));
  tools.make();
  const cli = await progress.step("Pulumi CLI", ensurePulumi);
  const plugins = await progress.step("Pulumi plugins", (step) => ensurePlugins(cli, tools, step));
  const { stack, env } = await throwaway("staging", { cli, plugins, work });
  mkdirSync(join(work, "plans"));
  const { resources } = await byPlan("staging", repository, join(work, "plans"));
  const list = join(work, "objects.json");
  const objects = resources.filter(({ type }) => /^(kubernetes|random|tls):/.test(type));
  writeFileSync(list, JSON.stringify(objects), { mode: 0o600 });
  const project = await Project.open(join(programs, "by-hand"));
  try {
    return await progress.step("Components against the same objects by hand", async (step) => {
      const components: number[] = [];
      const byHand: number[] = [];
      // The first of each compiles and fills caches, and does not count.
      for (let round = 0; round <= ROUNDS; round++) {
        step.say(`round ${round} of ${ROUNDS}`);
        components.push(await seconds(() => stack.pulumi(["preview"], { env })));
        byHand.push(await seconds(() => project.must(["preview"], { OBJECTS: list })));
      }
      const [one, other] = [components.slice(1), byHand.slice(1)];
      const { median: middle, least, most } = ratio(one, other);
      const value: Table = {
        title: `Preview of the staging stack against its ${objects.length} objects written by hand, ${ROUNDS} rounds`,
        rows: [
          ["components, s", "by hand, s", "components / by hand"],
          [figure(median(one)), figure(median(other)), `${figure(middle)}× (${figure(least)}×–${figure(most)}×)`],
        ],
      };
      return { value, chose: `${figure(middle)}×` };
    });
  } finally {
    project.remove();
  }
}

async function byFlows(progress: Progress): Promise<Table> {
  const project = await Project.open(join(programs, "flows"));
  try {
    return await progress.step("Previews by number of flows", async (step) => {
      const times: number[] = [];
      for (const flows of FLOWS) {
        step.say(`${flows} flows`);
        const each: number[] = [];
        for (let round = 0; round < 3; round++)
          each.push(await seconds(() => project.must(["preview"], { FLOWS: `${flows}` })));
        times.push(median(each));
      }
      const [least = 0, , most = 0] = times;
      const value: Table = {
        title: "Preview of a segmented network by number of flows",
        rows: [
          ["flows", "preview, s", "ms for each flow above the first row"],
          ...FLOWS.map((flows, i) => [
            `${flows}`,
            figure(times[i] ?? 0),
            i === 0 ? "" : `${((((times[i] ?? 0) - least) * 1000) / (flows - (FLOWS[0] ?? 0))) | 0}`,
          ]),
        ],
      };
      return { value, chose: `${figure(most)} s for ${FLOWS.at(-1)}` };
    });
  } finally {
    project.remove();
  }
}

async function seconds(body: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await body();
  return (performance.now() - started) / 1000;
}

const figure = (value: number): string => value.toFixed(2);
