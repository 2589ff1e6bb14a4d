import { existsSync, writeFileSync } from "node:fs";
import { afterUp, greeting, type Outputs } from "../after-up";
import { type Cluster, ensureCluster } from "../cluster";
import { forward } from "../cluster/forward";
import { removeObjects, unknownObjects } from "../cluster/leftover-objects";
import { update } from "../deploy";
import { imagesFor } from "../images/catalogue";
import { Problem, Progress, type Step } from "../progress";
import type { Stack } from "../stack";
import { ensureEngine } from "../steps/engine";
import { ensureImages } from "../steps/images";
import { alone, type Options, parseConfig, pulumiSteps, readOutputs } from "./context";

/** Where people come in on our own node. */
export const NODE_PORT = 30843;
const steps = 8;

/** What our own node's stack is set to, which knows nobody outside. */
function ownSettings({ kubeconfig, context, nodeAddress }: Cluster, images: Record<string, string>) {
  return {
    kubeconfig,
    context,
    publicUrl: `https://localhost:${NODE_PORT}`,
    "kubernetes.apiServer.addresses[0]": `${nodeAddress}/32`,
    "kubernetes.entrance.kind": "node-port",
    "kubernetes.entrance.nodePort": `${NODE_PORT}`,
    ...Object.fromEntries(Object.entries(images).map(([key, reference]) => [`images.${key}`, reference])),
  };
}

/**
 * Deploys the staging stack: to the cluster that ZERO_TRUST_OPENCLAW_KUBECONFIG names with the stack's own settings, else to the test node
 * with the demo's people and model.
 */
export async function upStaging(options: Options): Promise<void> {
  for (const line of greeting(await bringUpStaging(options))) options.out.write(`${line}\n`);
}

/** As {@link upStaging}, for a command that goes on with the stack. */
export async function bringUpStaging(options: Options): Promise<Outputs> {
  const { state } = options;
  state.make();
  const progress = new Progress(steps, state.logs, options.out);
  return alone(state, progress, async () => {
    const { stack, cluster } = await prepareStaging(progress, options);
    await progress.step("Stack", async (step) => ({ value: undefined, chose: await deploy(stack, cluster, step) }));
    const outputs = await readOutputs(stack);
    await progress.step("Check", async (step) => {
      const port = Number(new URL(outputs.url).port);
      const way = cluster.own ? await forward(port, cluster.nodeAddress).catch(inUse) : undefined;
      try {
        return { value: undefined, chose: await afterUp({ outputs, state, step }) };
      } finally {
        await way?.close();
      }
    });
    return outputs;
  });
}

/** Everything that must be there before Pulumi starts. */
export async function prepareStaging(
  progress: Progress,
  options: Options,
): Promise<{ stack: Stack; cluster: Cluster }> {
  const cluster = await progress.step("Cluster", ensureCluster);
  const images: Record<string, string> = {};
  if (cluster.own) {
    const { docker } = await progress.step("Docker engine", ensureEngine);
    await progress.step("Images", (step) => ensureImages(docker, step, undefined, "kubernetes"));
    await progress.step("Images on the node", async () => {
      const wanted = imagesFor(undefined, "kubernetes");
      const names = await cluster.importImages(
        docker,
        wanted.map(({ name }) => name),
      );
      for (const { key, name } of wanted) images[key] = names[name] ?? name;
      return { value: undefined, chose: `${wanted.length}` };
    });
  }
  const stack = await pulumiSteps(progress, options);
  const file = options.state.stackConfig(stack.name);
  // The committed settings name a company's provider, which our own node has not.
  if (cluster.own && !existsSync(file)) writeFileSync(file, "config: {}\n");
  await stack.create();
  await stack.configure({ ...(cluster.own ? ownSettings(cluster, images) : {}), ...parseConfig(options.config) });
  return { stack, cluster };
}

/** Somebody leads the way already, such as the tests. */
function inUse(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "EADDRINUSE") throw error;
}

async function deploy(stack: Stack, { kubectl }: Cluster, step: Step): Promise<string> {
  const said: string[] = [];
  const { pending } = await stack.resources();
  if ((await stack.unlock(step.say)) || pending > 0) {
    step.say("putting an interrupted update in order");
    await update(stack, ["refresh", "--yes", "--skip-preview", "--clear-pending-creates"], step);
    // What was made and could not be noted would be in the way of what is made again.
    const strangers = await unknownObjects(kubectl, await prefixOf(stack), (await stack.resources()).resources);
    await removeObjects(kubectl, strangers);
    said.push(`recovered from an interrupted update (removed ${strangers.length} objects it had not noted)`);
  }
  said.push(await update(stack, ["up", "--yes", "--skip-preview"], step));
  return said.join(", ");
}

/** What the names of the stack's namespaces begin with. */
export const prefixOf = async (stack: Stack): Promise<string> =>
  (await stack.configuration())["kubernetes.prefix"] ?? "assistant";

/** Shows what {@link upStaging} would change, with the settings there are; no cluster is needed for that. */
export async function previewStaging(options: Options, args: readonly string[]): Promise<number> {
  const { state } = options;
  state.make();
  const progress = new Progress(2, state.logs, options.out);
  return alone(state, progress, async () => {
    const stack = await pulumiSteps(progress, options);
    await stack.create();
    await stack.configure(parseConfig(options.config));
    return stack.passThrough(["preview", ...args]);
  });
}

/** Removes everything {@link upStaging} made but the cluster. */
export async function downStaging(options: Options): Promise<void> {
  const { state } = options;
  if (!existsSync(state.root)) {
    options.out.write("Nothing is up here.\n");
    return;
  }
  const progress = new Progress(4, state.logs, options.out);
  await alone(state, progress, async () => {
    const { kubectl } = await progress.step("Cluster", ensureCluster);
    const stack = await pulumiSteps(progress, options);
    await progress.step("Stack", async (step) => {
      if (!stack.exists) return { value: undefined, chose: "none here" };
      await stack.unlock(step.say);
      const prefix = await prefixOf(stack);
      const interrupted = (await stack.resources()).pending > 0;
      if (interrupted) await update(stack, ["refresh", "--yes", "--skip-preview", "--clear-pending-creates"], step);
      const said = await update(stack, ["destroy", "--yes", "--skip-preview"], step);
      const { resources } = await stack.resources();
      if (resources.length > 0) throw new Problem(`${resources.length} resources could not be removed.`);
      if (interrupted) await removeObjects(kubectl, await unknownObjects(kubectl, prefix, []));
      await stack.pulumi(["stack", "rm", stack.name, "--yes", "--preserve-config"]);
      return { value: undefined, chose: said };
    });
    stack.remove();
  });
}
