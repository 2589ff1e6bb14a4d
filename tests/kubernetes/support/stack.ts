import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Perimeter } from "../../../lib";
import type { Outputs } from "../../../testbed/after-up";
import type { User } from "../../../testbed/client/sign-in";
import { ensureCluster } from "../../../testbed/cluster";
import { named } from "../../../testbed/cluster/foreign";
import { NODE_PORT } from "../../../testbed/commands/staging";
import { Progress } from "../../../testbed/progress";
import { execute, type Result } from "../../engine/support/stack";

export const ROOT = resolve(__dirname, "../../..");
const CLI = join(ROOT, "testbed/bin/pulumi");
/** The test's own stack, beside one that `up` made. Another name and port let somebody else's tests run on the same cluster. */
export const { TEST_INSTANCE: PREFIX = "test" } = process.env;
export const STATE = `.state/${PREFIX}-staging`;
/** Where people come in on our own node. */
export const ENTRANCE_PORT = Number(process.env.TEST_NODE_PORT ?? NODE_PORT);
const OWN_ENTRANCE = {
  publicUrl: `https://localhost:${ENTRANCE_PORT}`,
  "kubernetes.entrance.nodePort": `${ENTRANCE_PORT}`,
};
const SETTINGS = { "kubernetes.prefix": PREFIX, ...(ENTRANCE_PORT === NODE_PORT ? {} : OWN_ENTRANCE) };

export interface Deployed {
  url: string;
  roots: string;
  users: readonly User[];
  perimeter: Perimeter;
}

/** Runs one of the test bed's commands for the test's stack. Its output is returned, never thrown. */
export function testbed(command: string, ...args: string[]): Promise<Result> {
  const all = [join(ROOT, "testbed/bootstrap.sh"), command, "--stack", "staging", "--state", STATE, ...args];
  return execute("sh", all);
}

/** Deploys, with changed settings if wanted. */
export function up(settings: Record<string, string> = {}): Promise<Result> {
  return testbed("up", ...configArguments(settings));
}

/** Starts to deploy and is killed, with everything it started, once it has got somewhere. */
export async function upAndKillWhen(
  reached: () => Promise<boolean>,
  settings: Record<string, string> = {},
): Promise<void> {
  const args = ["up", "--stack", "staging", "--state", STATE, ...configArguments(settings)];
  const child = spawn("sh", [join(ROOT, "testbed/bootstrap.sh"), ...args], {
    cwd: ROOT,
    detached: true,
    stdio: "ignore",
  });
  const ended = new Promise((done) => child.once("exit", done));
  while (!(await reached())) {
    if (child.exitCode !== null) throw new Error("the deployment ended before it could be killed");
    await new Promise((done) => setTimeout(done, 200));
  }
  process.kill(-(child.pid as number), "SIGKILL");
  await ended;
}

/** Another deployment of the staging stack, with a state of its own. */
export function stackIn(state: string) {
  const run = (command: string, ...args: string[]) =>
    execute("sh", [join(ROOT, "testbed/bootstrap.sh"), command, "--stack", "staging", "--state", state, ...args]);
  const outputs = async () => outputsIn(await run("outputs"));
  return {
    up: (settings: Record<string, string>) =>
      run("up", ...Object.entries(settings).flatMap(([key, value]) => ["--config", `${key}=${value}`])),
    down: () => run("down"),
    outputs,
    /** PEM of what its outputs say is to be trusted. */
    trusted: async () => readFileSync((await outputs()).trustBundle, "utf8"),
    /** Its state, with what is encrypted there in plain. */
    exported: async () => {
      const at = { STACK: "staging", STATE: join(ROOT, state) };
      const { code, output } = await execute(CLI, ["stack", "export", "--show-secrets"], at);
      // Not the output, which has the secrets in it.
      if (code !== 0) throw new Error("the state could not be exported");
      return output;
    },
  };
}

export const down = (): Promise<Result> => testbed("down");

/** Runs the Pulumi CLI on the test's stack. */
export function pulumi(...args: string[]): Promise<Result> {
  return execute(CLI, args, { STACK: "staging", STATE: join(ROOT, STATE) });
}

export async function outputs(): Promise<Outputs> {
  return outputsIn(await testbed("outputs"));
}

function outputsIn({ code, output }: Result): Outputs {
  if (code !== 0) throw new Error(output);
  return JSON.parse(output.slice(output.indexOf("{\n"))) as Outputs;
}

export async function deployed(): Promise<Deployed> {
  const { url, trustBundle, users, perimeter } = await outputs();
  return {
    url,
    users,
    roots: readFileSync(trustBundle, "utf8"),
    perimeter: JSON.parse(readFileSync(perimeter, "utf8")) as Perimeter,
  };
}

/** Whether the cluster's node is ours: only then there is something to run on it, or to restart. */
export const OWN_NODE = named() === undefined;

/** The cluster that the tests run on. */
export async function theCluster() {
  const progress = new Progress(1, join(ROOT, ".state", "log"), process.stderr, true);
  return progress.step("Cluster", ensureCluster);
}

function configArguments(settings: Record<string, string>): string[] {
  return Object.entries({ ...SETTINGS, ...settings }).flatMap(([key, value]) => ["--config", `${key}=${value}`]);
}
