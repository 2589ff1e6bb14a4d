import { readFileSync } from "node:fs";
import type { Perimeter } from "../../lib/perimeter";
import { DockerVerifyDriver } from "../../verify/docker";
import type { VerifyDriver } from "../../verify/driver";
import { KubernetesVerifyDriver } from "../../verify/kubernetes";
import { report } from "../../verify/table";
import { verify as verifyPerimeter } from "../../verify/verify";
import { ensureCluster } from "../cluster";
import { message, Problem, Progress } from "../progress";
import type { Stack } from "../stack";
import { ensureEngine } from "../steps/engine";
import { type Options, pulumiSteps, readOutputs } from "./context";
import { prefixOf } from "./staging";

/** Tries every flow of the running stack and says which are not as declared. Returns the exit code. */
export async function verify(options: Options, zone: string | undefined): Promise<number> {
  const { state, out } = options;
  state.make();
  const progress = new Progress(3, state.logs, out, true);
  const stack = await pulumiSteps(progress, options);
  const { perimeter } = await readOutputs(stack);
  const declared = JSON.parse(readFileSync(perimeter, "utf8")) as Perimeter;
  const driver = stack.name === "laptop" ? await onEngine(stack, progress) : await onCluster(stack, declared, progress);
  const verification = await verifyPerimeter(driver, declared, { zone }).catch((error) => {
    throw new Problem(message(error));
  });
  for (const line of report(verification)) progress.line(line);
  return verification.causes.length === 0 ? 0 : 1;
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
