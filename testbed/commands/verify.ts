import { readFileSync } from "node:fs";
import type { Perimeter } from "../../lib/perimeter";
import { exportZones, importZones } from "../../lib/zones";
import { DockerVerifyDriver } from "../../verify/docker";
import type { VerifyDriver } from "../../verify/driver";
import { KubernetesVerifyDriver } from "../../verify/kubernetes";
import { networkTest, type ZonesFile } from "../../verify/network-test";
import { ensureCluster } from "../cluster";
import { message, Problem, Progress, Reported } from "../progress";
import type { Stack } from "../stack";
import { ensureEngine } from "../steps/engine";
import { type Options, pulumiSteps, readOutputs } from "./context";
import { prefixOf } from "./staging";

/** Which flows are tried, and what the running stack is compared with before. */
export interface VerifyOptions {
  /** Name of the only zone to look at. */
  readonly zone?: string;
  /** A file of zones that the running stack should be as. */
  readonly zones?: string;
}

/** Tries every flow of the running stack and says which are not as declared. Returns the exit code. */
export async function verify(options: Options, { zone, zones }: VerifyOptions): Promise<number> {
  const { state, out } = options;
  state.make();
  const progress = new Progress(3, state.logs, out, true);
  const line = (text: string) => progress.line(text);
  const file = zones === undefined ? undefined : readZones(zones, line);
  const { stack, perimeter } = await running(progress, options);
  const driver = () => (stack.name === "laptop" ? onEngine(stack, progress) : onCluster(stack, perimeter, progress));
  return networkTest(driver, perimeter, { zone, zones: file }, line).catch((error) => {
    throw error instanceof Reported ? error : new Problem(message(error));
  });
}

/** Prints the zones of the running stack as a file that `--zones` takes. Returns the exit code. */
export async function printZones(options: Options): Promise<number> {
  options.state.make();
  const { perimeter } = await running(new Progress(2, options.state.logs, options.out, true), options);
  process.stdout.write(exportZones(perimeter));
  return 0;
}

async function running(progress: Progress, options: Options): Promise<{ stack: Stack; perimeter: Perimeter }> {
  const stack = await pulumiSteps(progress, options);
  const outputs = await readOutputs(stack);
  return { stack, perimeter: JSON.parse(readFileSync(outputs.perimeter, "utf8")) as Perimeter };
}

function readZones(name: string, line: (text: string) => void): ZonesFile {
  try {
    return {
      name,
      perimeter: importZones(readFileSync(name, "utf8"), { warn: (warning) => line(`${name}: ${warning}`) }),
    };
  } catch (error) {
    throw new Problem(`${name}: ${message(error)}`);
  }
}

async function onEngine(stack: Stack, progress: Progress): Promise<VerifyDriver> {
  const { instance = stack.name } = await stack.configuration();
  await progress.step("Docker engine", ensureEngine);
  return new DockerVerifyDriver(instance);
}

async function onCluster(stack: Stack, perimeter: Perimeter, progress: Progress): Promise<VerifyDriver> {
  const cluster = await progress.step("Cluster", ensureCluster);
  const access = { ...cluster, kubectl: cluster.kubectl.path };
  return new KubernetesVerifyDriver(access, await prefixOf(stack), perimeter);
}
