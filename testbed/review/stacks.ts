/** Previews of the repository's own stacks, with nothing of anybody's: no secret, no cluster, no state. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { type Preview, readEvents } from "../../review/events";
import { repository, StateDirectory } from "../paths";
import { policyConfig, policyFlags } from "../policy-pack";
import { attempt, CommandFailed } from "../process";
import { Problem } from "../progress";
import { Stack } from "../stack";
import type { PluginEnvironment } from "../steps/plugins";
import type { PulumiCli } from "../steps/pulumi-cli";

export const STACKS = ["laptop", "staging", "production"] as const;
export type StackName = (typeof STACKS)[number];

/**
 * Settings that hold secrets, and the credentials they are. Nobody needs them for a preview; a pull request of a stranger has none.
 * Where the cluster or a store has a credential there is no such setting.
 */
const SECRETS: Record<StackName, Record<string, string>> = {
  laptop: {},
  staging: { clientSecret: "client-secret", openaiApiKey: "model-openai" },
  production: { clientSecret: "client-secret", openaiApiKey: "model-openai" },
};
const NO_SECRET = "not-the-real-one";

/** A stack's committed settings in `folder`, without the secrets that are in them. */
function settings(folder: string, stack: StackName): Record<string, unknown> {
  const file = join(folder, "stacks", `Pulumi.${stack}.yaml`);
  if (!existsSync(file)) return {};
  const { config } = (parse(readFileSync(file, "utf8")) ?? {}) as { config?: Record<string, unknown> };
  return Object.fromEntries(Object.entries(config ?? {}).map(([key, value]) => [key, opened(value)]));
}

/** Names of the settings with secrets that the stack in `folder` wants. */
function secretsOf(folder: string, stack: StackName): string[] {
  const { kubernetes } = Object.fromEntries(
    Object.entries(settings(folder, stack)).map(([key, value]) => [key.split(":").at(-1), value]),
  ) as { kubernetes?: { existingSecrets?: object; externalSecrets?: { values?: object } } };
  const stored = Object.keys({ ...kubernetes?.existingSecrets, ...kubernetes?.externalSecrets?.values });
  return Object.entries(SECRETS[stack]).flatMap(([key, credential]) => (stored.includes(credential) ? [] : [key]));
}

/** Encrypted values are somebody's own, and cannot be opened here. */
function opened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(opened);
  if (typeof value !== "object" || value === null) return value;
  if ("secure" in value) return NO_SECRET;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, opened(one)]));
}

export function projectName(folder: string): string {
  return (parse(readFileSync(join(folder, "Pulumi.yaml"), "utf8")) as { name: string }).name;
}

/** What a preview by the engine needs. */
export interface Tools {
  cli: PulumiCli;
  plugins: PluginEnvironment;
  /** A folder for state that is thrown away. */
  work: string;
}

/** A stack with its committed settings and a state of its own, and what previews of it must be told. */
export async function throwaway(stackName: StackName, { cli, plugins, work }: Tools) {
  const state = new StateDirectory(join(work, stackName));
  state.make();
  writeFileSync(state.stackConfig(stackName), stringify({ config: settings(repository, stackName) }));
  const stack = new Stack(stackName, state, cli, plugins);
  await stack.create();
  const project = projectName(repository);
  const secrets = secretsOf(repository, stackName).flatMap((key) => ["--secret", `${project}:${key}=${NO_SECRET}`]);
  if (secrets.length > 0) await stack.pulumi(["config", "set-all", ...secrets]);
  // No preview may find somebody's cluster by chance.
  return { stack, env: { KUBECONFIG: join(state.root, "no-cluster") } };
}

/** A preview by Pulumi's engine. */
export async function byEngine(stackName: StackName, tools: Tools): Promise<Preview> {
  const { stack, env } = await throwaway(stackName, tools);
  const streaming = { ...env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" };
  // What goes wrong is in the events too.
  const { stdout } = await stack
    .pulumi(["preview", "--json", ...policyFlags({ config: policyConfig(stackName) })], { env: streaming })
    .catch((error) => {
      if (error instanceof CommandFailed && error.result.stdout.startsWith("{")) return error.result;
      throw error;
    });
  return readEvents(stdout);
}

/** The same without the engine: what the program in `folder` asks for. */
export async function byPlan(stackName: StackName, folder: string, work: string): Promise<Preview> {
  const configuration = join(work, `${stackName}.settings.yaml`);
  const events = join(work, `${stackName}.plan.json`);
  const project = projectName(folder);
  const secrets = secretsOf(folder, stackName).map((key) => [`${project}:${key}`, NO_SECRET]);
  writeFileSync(
    configuration,
    stringify({ config: { ...settings(folder, stackName), ...Object.fromEntries(secrets) } }),
  );
  const loader = `file://${join(repository, "node_modules", "tsx", "dist", "loader.mjs")}`;
  const plan = join(repository, "testbed", "review", "plan.ts");
  const { code, stderr } = await attempt(
    process.execPath,
    ["--import", loader, plan, folder, stackName, configuration, events],
    { cwd: folder, timeout: 120_000 },
  );
  if (code !== 0) throw new Problem(`The program of ${stackName} cannot be run: ${stderr.trim().split("\n")[0]}`);
  return readEvents(readFileSync(events, "utf8"));
}
