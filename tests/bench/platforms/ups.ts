import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cluster } from "../../../testbed/cluster";
import { removeObjects, unknownObjects } from "../../../testbed/cluster/leftover-objects";
import { update } from "../../../testbed/deploy";
import type { Step } from "../../../testbed/progress";
import type { Stack } from "../../../testbed/stack";
import { Project } from "../../preview/support/project";
import { rotated } from "../statistics";
import type { Table } from "../table";
import { byHand, type Exported } from "./by-hand";
import { type Ups, upsTable } from "./tables";

export const UP_ROUNDS = 3;
const PROGRAM = join(__dirname, "../previews/programs/by-hand");
const UP = ["up", "--yes", "--skip-preview"];
const DESTROY = ["destroy", "--yes", "--skip-preview"];

interface Side {
  times: Ups;
  pulumi(args: readonly string[]): Promise<unknown>;
}

/**
 * A stack that is up against the same objects without components, under the same names and therefore one after the other. Afterwards
 * neither is up.
 */
export async function measureUps(stack: Stack, cluster: Cluster, prefix: string, step: Step): Promise<Table> {
  const { resources } = (JSON.parse(await stack.exportWithSecrets()) as { deployment: { resources: Exported[] } })
    .deployment;
  const objects = byHand(resources);
  const work = mkdtempSync(join(tmpdir(), "zero-trust-openclaw-bench-"));
  const project = await Project.open(PROGRAM);
  const mark = markOf(stack);
  writeFileSync(mark, "");
  try {
    const list = join(work, "objects.json");
    writeFileSync(list, JSON.stringify(objects), { mode: 0o600 });
    const env = { OBJECTS: list, KUBECONFIG: cluster.kubeconfig };
    const components: Side = { times: { first: [], second: [] }, pulumi: (args) => update(stack, args, step) };
    const hand: Side = { times: { first: [], second: [] }, pulumi: (args) => project.must(args, env) };
    step.say("taking down what is up");
    await components.pulumi(DESTROY);
    // The other program was compiled when its stack was brought up.
    await hand.pulumi(["preview"]);
    for (let round = 0; round < UP_ROUNDS; round += 1) {
      for (const { times, pulumi } of rotated([components, hand], round)) {
        times.first.push(await seconds(() => pulumi(UP)));
        times.second.push(await seconds(() => pulumi([...UP, "--expect-no-changes"])));
        await pulumi(DESTROY);
      }
    }
    return upsTable(objects.length, components.times, hand.times);
  } finally {
    rmSync(work, { recursive: true, force: true });
    project.remove();
    await removeByHand(stack, cluster, prefix);
  }
}

/** Removes what was made by hand and is still there, such as after a run that was killed. Those of the stack itself stay. */
export async function removeByHand(stack: Stack, { kubectl }: Cluster, prefix: string): Promise<void> {
  const mark = markOf(stack);
  if (!existsSync(mark)) return;
  const known = stack.exists ? (await stack.resources()).resources : [];
  await removeObjects(kubectl, await unknownObjects(kubectl, prefix, known));
  rmSync(mark);
}

/** Is there while objects may be that no state knows. */
const markOf = (stack: Stack): string => join(stack.state.root, "by-hand");

async function seconds(body: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await body();
  return (performance.now() - started) / 1000;
}
