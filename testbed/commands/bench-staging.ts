import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Perimeter } from "../../lib/perimeter";
import { removeContainers } from "../../tests/bench/containers";
import { buildGenerator, GENERATOR_IMAGE } from "../../tests/bench/generator";
import { describeMachine } from "../../tests/bench/machine";
import { dockerSide } from "../../tests/bench/platforms/docker";
import { measureEnforcement } from "../../tests/bench/platforms/enforcement";
import { kubernetesSide } from "../../tests/bench/platforms/kubernetes";
import { measurePath, ROUNDS } from "../../tests/bench/platforms/path";
import { pathTable } from "../../tests/bench/platforms/path-table";
import { ownNamespace } from "../../tests/bench/platforms/pods";
import { endSide } from "../../tests/bench/platforms/side";
import { measureUps, removeByHand, UP_ROUNDS } from "../../tests/bench/platforms/ups";
import { asText, type Table } from "../../tests/bench/table";
import { KubernetesDriver } from "../../tests/conformance/kubernetes";
import type { Outputs } from "../after-up";
import { type Cluster, ensureCluster } from "../cluster";
import { forward } from "../cluster/forward";
import { repository, StateDirectory } from "../paths";
import { Problem, Progress } from "../progress";
import { ensureEngine } from "../steps/engine";
import { keepFigures, laptopForBench, UNLIMITED, written } from "./bench";
import { type Options, parseConfig, pulumiSteps } from "./context";
import { down } from "./down";
import { bringUpStaging, downStaging } from "./staging";
import { bringUp } from "./up";

/** Beside what `make up STACK=staging` and the tests deploy. */
const SETTINGS = {
  "kubernetes.prefix": "bench",
  publicUrl: "https://localhost:30862",
  "kubernetes.entrance.nodePort": "30862",
  ...UNLIMITED,
};

export const benchStagingState = (): StateDirectory => new StateDirectory(join(repository, ".state", "bench-staging"));

/**
 * Measures the staging stack on our own node: its path beside that of the laptop stack, how soon policies are in force, and what `up`
 * takes. Returns the exit code: what was slow is no failure, what failed is.
 */
export async function benchStaging(
  options: Options,
  { write, keep }: { write: boolean; keep: boolean },
): Promise<number> {
  if (keep) throw new Problem("KEEP=1 is for the laptop stack; here the last measurement takes the stack down itself.");
  const settings = { ...SETTINGS, ...parseConfig(options.config) };
  const prefix = settings["kubernetes.prefix"];
  const own = { ...options, config: written(settings) };
  own.state.make();
  const progress = new Progress(8, own.state.logs, own.out);
  const { docker } = await progress.step("Docker engine", ensureEngine);
  const cluster = await progress.step("Cluster", ensureCluster);
  if (!cluster.own)
    throw new Problem(
      "The generator's image is on no registry, so that only the node that is started here can be measured.",
    );
  const stack = await pulumiSteps(progress, own);
  await removeByHand(stack, cluster, prefix);
  const machine = describeMachine(`Docker ${(await docker.version()).Version}`, await versionOf(cluster));
  const failures: string[] = [];
  const tables: Table[] = [];
  // Shown at once: it takes a while until all are there.
  const show = (table: Table) => {
    tables.push(table);
    for (const line of [...asText(table), ""]) progress.line(line);
  };
  progress.line(machine);
  try {
    const outputs = await bringUpStaging(own);
    const image = await progress.step("Generator", async () => {
      await buildGenerator();
      const { [GENERATOR_IMAGE]: value = GENERATOR_IMAGE } = await cluster.importImages(docker, [GENERATOR_IMAGE]);
      return { value, chose: "built here, and brought onto the node" };
    });
    const driver = driverOf(cluster, prefix, outputs, image);
    show(await path(driver, outputs, cluster, laptopForBench(own.out), progress, failures));
    const policies = await inNamespace(driver, `${prefix}-policies`, (namespace) =>
      progress.step("Policies", async ({ say }) => ({
        value: await measureEnforcement(driver, namespace, say),
        chose: "put in force, and taken away",
      })),
    );
    show(policies);
    const ups = await progress.step("Up, by components and by hand", async (step) => ({
      value: await measureUps(stack, cluster, prefix, step),
      chose: `${UP_ROUNDS} rounds`,
    }));
    show(ups);
  } finally {
    await downStaging(own);
  }
  for (const line of failures) progress.line(line);
  if (failures.length > 0) return 1;
  if (write) keepFigures(machine, tables, "make bench STACK=staging WRITE=1");
  return 0;
}

async function versionOf({ kubectl }: Cluster): Promise<string> {
  const { items } = await kubectl.get<{ items: { status: { nodeInfo: { kubeletVersion: string } } }[] }>(["nodes"]);
  return `Kubernetes ${items[0]?.status.nodeInfo.kubeletVersion}`;
}

function driverOf(cluster: Cluster, prefix: string, { perimeter }: Outputs, image: string): KubernetesDriver {
  const access = { ...cluster, kubectl: cluster.kubectl.path };
  return new KubernetesDriver(access, prefix, JSON.parse(readFileSync(perimeter, "utf8")) as Perimeter, image);
}

/** Both deployments run while it is measured, the laptop stack no longer than that. */
async function path(
  driver: KubernetesDriver,
  outputs: Outputs,
  { nodeAddress }: Cluster,
  laptop: ReturnType<typeof laptopForBench>,
  progress: Progress,
  failures: string[],
): Promise<Table> {
  const way = await forward(Number(new URL(outputs.url).port), nodeAddress);
  try {
    const ofLaptop = await bringUp(laptop.options);
    return await inNamespace(driver, `${driver.prefix}-outside`, (namespace) =>
      progress.step("Path", async ({ say }) => {
        const sides = {
          Docker: await dockerSide(laptop.instance, ofLaptop),
          Kubernetes: await kubernetesSide(driver, namespace, outputs),
        };
        const value = pathTable(await measurePath(sides, failures, say));
        for (const side of Object.values(sides)) endSide(side);
        return { value, chose: `${ROUNDS} rounds` };
      }),
    );
  } finally {
    await way.close();
    await removeContainers(laptop.instance);
    await down(laptop.options, false);
  }
}

/** A namespace for as long as something is measured in it. */
async function inNamespace<T>(driver: KubernetesDriver, name: string, body: (name: string) => Promise<T>): Promise<T> {
  const namespace = ownNamespace(name, driver.prefix);
  await driver.apply(namespace);
  try {
    return await body(name);
  } finally {
    await driver.remove(namespace);
  }
}
