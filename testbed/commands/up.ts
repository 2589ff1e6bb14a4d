import { afterUp, greeting, type Outputs } from "../after-up";
import { awaitHealth, fallen, recover, update, wake } from "../deploy";
import { belongings, count, unknownTo } from "../leftovers";
import { Problem, Progress, type Step } from "../progress";
import type { Stack } from "../stack";
import { type Engine, ensureEngine } from "../steps/engine";
import { ensureImages, type ImageIds } from "../steps/images";
import { checkPort } from "../steps/port";
import { alone, type Options, parseConfig, pulumiSteps, readOutputs } from "./context";

const steps = 7;

/** Makes everything the stack needs, and the stack, and says how to get in. Running it again changes nothing. */
export async function up(options: Options): Promise<void> {
  for (const line of greeting(await bringUp(options))) options.out.write(`${line}\n`);
}

/** As {@link up}, for a command that goes on with the stack. */
export async function bringUp(options: Options): Promise<Outputs> {
  const settings = parseConfig(options.config);
  options.state.make();
  const progress = new Progress(steps, options.state.logs, options.out);
  return alone(options.state, progress, async () => {
    const { engine, stack, images } = await prepare(progress, options, (stack) => chosenLogin(stack, settings));
    const configuration = await configure(progress, stack, { ...settings, ...imageSettings(images) }, engine);
    await progress.step("Stack", async (step) => ({
      value: undefined,
      chose: await deploy(stack, engine, configuration.instance, step),
    }));
    const outputs = await readOutputs(stack);
    await progress.step("Check", async (step) => ({
      value: undefined,
      chose: await afterUp({ outputs, state: options.state, step }),
    }));
    return outputs;
  });
}

/** Shows what `up` would change. */
export async function preview(options: Options, args: readonly string[]): Promise<number> {
  const settings = parseConfig(options.config);
  options.state.make();
  const progress = new Progress(4, options.state.logs, options.out);
  return alone(options.state, progress, async () => {
    const { stack, images } = await prepare(progress, options, (stack) => chosenLogin(stack, settings));
    await stack.configure({ ...settings, ...imageSettings(images) });
    return stack.passThrough(["preview", ...args]);
  });
}

export async function prepare(
  progress: Progress,
  options: Options,
  login: (stack: Stack) => Promise<string | undefined>,
): Promise<{ engine: Engine; stack: Stack; images: ImageIds }> {
  const engine = await progress.step("Docker engine", ensureEngine);
  const stack = await pulumiSteps(progress, options);
  const images = await progress.step("Images", async (step) => ensureImages(engine.docker, step, await login(stack)));
  return { engine, stack, images };
}

async function chosenLogin(stack: Stack, settings: Record<string, string>): Promise<string | undefined> {
  await stack.create();
  return settings.login ?? (await stack.configuration()).login;
}

const imageSettings = (images: ImageIds): Record<string, string> =>
  Object.fromEntries(Object.entries(images).map(([key, id]) => [`images.${key}`, id]));

async function configure(
  progress: Progress,
  stack: Stack,
  settings: Record<string, string>,
  { docker }: Engine,
): Promise<{ publicUrl: string; instance: string }> {
  return progress.step("Port", async () => {
    const before = await stack.configuration();
    const { publicUrl = "https://localhost:8443", instance = stack.name } = { ...before, ...settings };
    // Settings that cannot work are not kept.
    const { value, chose } = await checkPort(docker, publicUrl, instance);
    await stack.configure(settings);
    return { value: { publicUrl, instance }, chose: `${value} ${chose}` };
  });
}

async function deploy(stack: Stack, { docker }: Engine, instance: string, step: Step): Promise<string> {
  const said: string[] = [];
  const recovered = await recover(stack, docker, instance, step);
  if (recovered !== undefined) said.push(recovered);
  const { resources } = await stack.resources();
  await demandNoStrangers(stack, docker, instance, resources.length);
  const args = ["up", "--yes", "--skip-preview"];
  const stopped = await fallen(docker, resources);
  if (stopped.length > 0) {
    step.say(`starting ${stopped.length} stopped containers`);
    await wake(docker, stopped);
    // What cannot be started is gone; Pulumi sees that only when it is told to look.
    if ((await fallen(docker, resources)).length > 0) args.push("--refresh");
    said.push(`${stopped.length} containers were not running`);
  }
  said.push(await update(stack, args, step));
  await awaitHealth(docker, instance, step);
  return said.join(", ");
}

/** A state that knows nothing must not take over, or fight with, what another one deployed under the same name. */
async function demandNoStrangers(
  stack: Stack,
  docker: Engine["docker"],
  instance: string,
  known: number,
): Promise<void> {
  if (known > 0) return;
  const strangers = unknownTo(new Set(), await belongings(docker, instance));
  const others = { ...strangers, volumes: [] };
  if (others.containers.length + others.networks.length === 0) return;
  throw new Problem(
    `${count(others)} of an instance "${instance}" are on this machine, but ${stack.state.root} knows nothing of them: another checkout or a deleted state ` +
      "directory made them. Run `make down` there, or here to remove them, or choose another instance, port and address range.",
  );
}
