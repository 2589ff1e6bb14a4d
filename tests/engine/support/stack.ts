import { execFile, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { User } from "../../../testbed/client/sign-in";
import { WITHOUT_TRACES } from "../../support/without-traces";

/**
 * The test's own deployment: other ports, networks, labels and state than those of `make up`, so that both can run at once. Another name,
 * port and range lets somebody else's tests run on the same engine.
 */
export const { TEST_INSTANCE: INSTANCE = "test" } = process.env;
const { TEST_PORT = "18443", TEST_ADDRESSES = "10.214.0.0/16" } = process.env;
export const ORIGIN = `https://localhost:${TEST_PORT}`;
export const STATE = `.state/${INSTANCE}`;

const ROOT = resolve(__dirname, "../../..");
const SETTINGS = { publicUrl: ORIGIN, instance: INSTANCE, addresses: TEST_ADDRESSES };
const run = promisify(execFile);

export interface Result {
  code: number;
  output: string;
}

export interface Outputs {
  url: string;
  trustBundle: string;
  users: User[];
  perimeter: string;
}

/** Runs one of the test bed's commands as `make` does. Its output is returned, never thrown. */
export async function testbed(command: string, args: string[] = [], env: Record<string, string> = {}): Promise<Result> {
  const all = [join(ROOT, "testbed/bootstrap.sh"), command, "--state", STATE, ...args];
  return execute("sh", all, env);
}

/** Takes the test's stack down. Its name is said, because without a state of its own it would be the laptop stack's. */
export function down(env: Record<string, string> = {}): Promise<Result> {
  return testbed("down", ["--config", `instance=${INSTANCE}`], env);
}

/** Deploys the test's stack, with changed settings if wanted. */
export function up(settings: Record<string, string> = {}): Promise<Result> {
  return testbed("up", configArguments(settings));
}

/** Starts to deploy and is killed, with everything it started, once it has got somewhere. */
export async function upAndKillWhen(reached: () => Promise<boolean>): Promise<void> {
  const args = [join(ROOT, "testbed/bootstrap.sh"), "up", "--state", STATE, ...configArguments({})];
  const child = spawn("sh", args, { cwd: ROOT, detached: true, stdio: "ignore" });
  const ended = new Promise((done) => child.once("exit", done));
  while (!(await reached())) {
    if (child.exitCode !== null) throw new Error("the deployment ended before it could be killed");
    await new Promise((done) => setTimeout(done, 200));
  }
  process.kill(-(child.pid as number), "SIGKILL");
  await ended;
}

/** Runs the Pulumi CLI on the test's stack. */
export function pulumi(...args: string[]): Promise<Result> {
  return execute(join(ROOT, "testbed/bin/pulumi"), args, { STATE: join(ROOT, STATE) });
}

export async function outputs(): Promise<Outputs> {
  const { stdout } = await run("sh", [join(ROOT, "testbed/bootstrap.sh"), "outputs", "--state", STATE], { cwd: ROOT });
  return JSON.parse(stdout) as Outputs;
}

/** The stack's state as Pulumi keeps it, with secrets encrypted. */
export function rawState(): string {
  const folder = join(ROOT, STATE, "backend/.pulumi/stacks/zero-trust-openclaw");
  return readFileSync(join(folder, "laptop.json"), "utf8");
}

export function stateExists(): boolean {
  return existsSync(join(ROOT, STATE));
}

export async function execute(file: string, args: string[], env: Record<string, string> = {}): Promise<Result> {
  const options = { cwd: ROOT, env: { ...process.env, ...WITHOUT_TRACES, ...env }, maxBuffer: 64 * 1024 * 1024 };
  return run(file, args, options).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    (error: { code?: number; stdout?: string; stderr?: string }) => ({
      code: error.code ?? 1,
      output: `${error.stdout ?? ""}${error.stderr ?? ""}`,
    }),
  );
}

function configArguments(settings: Record<string, string>): string[] {
  return Object.entries({ ...SETTINGS, ...settings }).flatMap(([key, value]) => ["--config", `${key}=${value}`]);
}
