import { readFileSync } from "node:fs";
import type { Perimeter } from "../../lib/perimeter";
import { DockerVerifyDriver } from "../../verify/docker";
import { report } from "../../verify/table";
import { verify as verifyPerimeter } from "../../verify/verify";
import { message, Problem, Progress } from "../progress";
import { ensureEngine } from "../steps/engine";
import { type Options, pulumiSteps, readOutputs } from "./context";

/** Tries every flow of the running stack and says which are not as declared. Returns the exit code. */
export async function verify(options: Options, zone: string | undefined): Promise<number> {
  const { state, out } = options;
  state.make();
  const progress = new Progress(3, state.logs, out, true);
  const stack = await pulumiSteps(progress, options);
  const { perimeter } = await readOutputs(stack);
  const { instance = stack.name } = await stack.configuration();
  await progress.step("Docker engine", ensureEngine);
  const declared = JSON.parse(readFileSync(perimeter, "utf8")) as Perimeter;
  const verification = await verifyPerimeter(new DockerVerifyDriver(instance), declared, { zone }).catch((error) => {
    throw new Problem(message(error));
  });
  for (const line of report(verification)) progress.line(line);
  return verification.causes.length === 0 ? 0 : 1;
}
