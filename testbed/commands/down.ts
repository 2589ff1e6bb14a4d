import { existsSync } from "node:fs";
import type Docker from "dockerode";
import { ids, recover, update } from "../deploy";
import { type Belongings, belongings, count, isEmpty, isState, removeAll, unknownTo } from "../leftovers";
import { message, Problem, Progress, type Step } from "../progress";
import { type Stack, Unreadable } from "../stack";
import { ensureEngine, findEngine, stopEngine } from "../steps/engine";
import { alone, type Options, parseConfig, pulumiSteps } from "./context";

/** Removes everything `up` made except caches. With `keepData`, OpenClaw's own data and the state of the stack stay. */
export async function down(options: Options, keepData: boolean): Promise<void> {
  const { state } = options;
  if (!existsSync(state.root) && (await findEngine()) === undefined) {
    options.out.write("Nothing is up here.\nleft: 0 containers, 0 networks, 0 volumes\n");
    return;
  }
  state.make();
  const progress = new Progress(4, state.logs, options.out);
  await alone(state, progress, async () => {
    const { docker } = await progress.step("Docker engine", ensureEngine);
    const stack = await pulumiSteps(progress, options);
    await progress.step("Stack", async (step) => ({
      value: undefined,
      chose: await destroy(stack, docker, parseConfig(options.config).instance, keepData, step),
    }));
    if (!keepData) stack.remove();
  });
  const stopped = await stopEngine();
  if (stopped !== undefined) progress.line(stopped);
}

async function destroy(
  stack: Stack,
  docker: Docker,
  named: string | undefined,
  keepData: boolean,
  step: Step,
): Promise<string> {
  const known = stack.exists;
  let instance = named ?? stack.instanceInFile ?? stack.name;
  let kept: ReadonlySet<string> = new Set();
  let said = "none here";
  let hadAnything = false;
  if (known) {
    try {
      const { resources, pending } = await stack.resources();
      hadAnything = resources.length + pending > 0;
      instance = (await stack.configuration()).instance ?? instance;
      await recover(stack, docker, instance, step);
      ({ said, kept } = await destroyResources(stack, keepData, step));
    } catch (error) {
      // A state that cannot be read is of no use to anybody; what it described can still be found by its label.
      if (!(error instanceof Unreadable) || keepData) throw error;
      hadAnything = true;
      said = "state not readable, everything removed by label";
    }
  }
  const strangers = unknownTo(kept, await belongings(docker, instance));
  // Data that this state never knew may be somebody's; it is named, not removed.
  const foreign = hadAnything ? [] : strangers.volumes.filter(isState);
  const leftovers: Belongings = {
    ...strangers,
    volumes: strangers.volumes.filter((volume) => !foreign.includes(volume)),
  };
  await removeAll(docker, leftovers);
  if (!isEmpty(leftovers)) said += `, removed ${count(leftovers)} that Pulumi did not know`;
  for (const { Name } of foreign)
    step.note(`kept the volume ${Name}, which is not of this state: docker volume rm ${Name}`);
  const left = await belongings(docker, instance);
  step.note(`left: ${count(left)}`);
  const expected = kept.size + foreign.length;
  if (left.containers.length + left.networks.length > 0 || left.volumes.length > expected)
    throw new Problem(`Something could not be removed: ${count(left)} are left.`);
  return said;
}

async function destroyResources(
  stack: Stack,
  keepData: boolean,
  step: Step,
): Promise<{ said: string; kept: Set<string> }> {
  const args = ["destroy", "--yes", "--skip-preview"];
  const { resources } = await stack.resources();
  const data = resources.filter(
    ({ type, urn }) => type === "docker:index/volume:Volume" && urn.endsWith("openclaw-state"),
  );
  if (keepData) {
    if (data.length === 0) throw new Problem("KEEP_DATA=1, but this stack has no volume with OpenClaw's data.");
    for (const { urn } of data) args.push("--exclude", urn);
  }
  let said: string;
  try {
    said = await update(stack, args, step);
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    // What vanished from the engine behind Pulumi's back cannot be removed from it; a look makes Pulumi see that.
    step.note(`${message(error).split("\n")[0]} trying again with a look at the engine first`);
    said = await update(stack, [...args, "--refresh"], step);
  }
  if (!keepData) {
    await stack.pulumi(["stack", "rm", stack.name, "--yes", "--preserve-config"]);
    return { said, kept: new Set() };
  }
  return { said: `${said}, OpenClaw's data kept`, kept: ids(data) };
}
