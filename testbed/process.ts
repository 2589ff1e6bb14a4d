/** Child processes: their output goes to a log file or a string, they die with us, and a failure says what failed. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { mark } from "./orphans";
import { sleep } from "./sleep";

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the environment of this process; `undefined` removes a variable. */
  readonly env?: Record<string, string | undefined>;
  /** Appends output here. */
  readonly log?: string;
  /** Milliseconds until the process and its children are killed. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  readonly input?: string;
  /** Called with each line of output. */
  readonly onLine?: (line: string) => void;
}

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class CommandFailed extends Error {
  constructor(
    readonly command: string,
    readonly result: Result,
    reason: string,
  ) {
    super(`\`${command}\` ${reason}`);
  }
}

/** A signal is ending this run; nothing is started any more. */
export class Interrupted extends Error {
  constructor() {
    super("interrupted");
  }
}

/** How a child gets a signal. */
const running = new Map<ChildProcess, (signal: NodeJS.Signals) => void>();

/** Children run in process groups of their own, so that a time-out also ends what they started; hence signals are passed on by hand. */
function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // already gone
  }
}

let state: "working" | "ending" | "tidying" = "working";
/** Whether a signal is ending this run. */
export const isEnding = (): boolean => state !== "working";

const noMore = (): boolean => state === "ending";

const farewells: (() => Promise<void>)[] = [];
/** Has `farewell` run before a signal ends this process, after the children ended. */
export function onSignal(farewell: () => Promise<void>): void {
  listenForSignals();
  farewells.push(farewell);
}

/** Children get this long to end by themselves: Pulumi waits for what the engine is doing. */
const patience = 60_000;

let listening = false;
function listenForSignals(): void {
  if (listening) return;
  listening = true;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void end(signal));
}

async function end(signal: NodeJS.Signals): Promise<void> {
  const again = isEnding();
  for (const kill of running.values()) kill(again ? "SIGKILL" : signal === "SIGHUP" ? "SIGTERM" : signal);
  if (again) return;
  state = "ending";
  process.stderr.write(`\n${signal}: ending what runs; the same command goes on from here\n`);
  const limit = Date.now() + patience;
  while (running.size > 0 && Date.now() < limit) await sleep(50);
  for (const kill of running.values()) kill("SIGKILL");
  // What waited for the children puts its own things in order now.
  await sleep(200);
  state = "tidying";
  for (const farewell of farewells) await farewell().catch(() => {});
  process.exit(128 + constants.signals[signal]);
}

/** Runs a command to its end and returns what it said, whatever its exit code. Rejects only when it cannot be started, or ran out of time. */
export async function attempt(command: string, args: readonly string[], options: RunOptions = {}): Promise<Result> {
  listenForSignals();
  if (noMore()) throw new Interrupted();
  const env: NodeJS.ProcessEnv = { ...process.env, ...mark() };
  for (const [key, value] of Object.entries(options.env ?? {})) {
    if (value === undefined) delete env[key];
    else env[key] = value;
  }
  const log = options.log === undefined ? undefined : openSync(options.log, "a");
  if (log !== undefined) writeSync(log, `$ ${[command, ...args].join(" ")}\n`);
  let stdout = "";
  let stderr = "";
  let partial = "";
  let why: string | undefined;
  try {
    const code = await new Promise<number>((resolve, reject) => {
      const child = spawn(command, args, {
        cwd: options.cwd,
        env,
        detached: true,
        stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      });
      running.set(child, (signal) => killGroup(child, signal));
      const stop = (reason: string) => {
        why = reason;
        killGroup(child, "SIGKILL");
      };
      const timer =
        options.timeout === undefined
          ? undefined
          : setTimeout(() => stop(`was ended after ${(options.timeout ?? 0) / 1000} s`), options.timeout);
      const onAbort = () => stop("was ended");
      options.signal?.addEventListener("abort", onAbort);
      const tell = (text: string): void => {
        if (options.onLine === undefined) return;
        const lines = (partial + text).split("\n");
        partial = lines.pop() ?? "";
        for (const line of lines) options.onLine(line);
      };
      child.stdin?.on("error", () => {});
      if (options.input !== undefined) child.stdin?.end(options.input);
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        if (log !== undefined) writeSync(log, text);
        stdout = keep(stdout + text);
        tell(text);
      });
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        if (log !== undefined) writeSync(log, text);
        stderr = keep(stderr + text);
        tell(text);
      });
      const done = () => {
        running.delete(child);
        clearTimeout(timer);
        options.signal?.removeEventListener("abort", onAbort);
      };
      child.on("error", (error: NodeJS.ErrnoException) => {
        done();
        reject(error.code === "ENOENT" ? new CommandMissing(command) : error);
      });
      child.on("close", (status, signal) => {
        done();
        if (partial !== "") options.onLine?.(partial);
        resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
    const result = { code, stdout, stderr };
    if (noMore()) throw new Interrupted();
    if (why !== undefined) throw new CommandFailed([command, ...args].join(" "), result, why);
    return result;
  } finally {
    if (log !== undefined) closeSync(log);
  }
}

export class CommandMissing extends Error {
  constructor(readonly command: string) {
    super(`\`${command}\` not found`);
  }
}

/** Like {@link attempt}, but an exit code other than 0 is an error. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Result> {
  const result = await attempt(command, args, options);
  if (result.code !== 0) {
    const line = [command, ...args].join(" ");
    const last = result.stderr.trim().split("\n").pop() || result.stdout.trim().split("\n").pop() || "";
    throw new CommandFailed(line, result, `ended with ${result.code}${last === "" ? "" : `: ${last}`}`);
  }
  return result;
}

/** Runs a command on our own terminal: for a command the user drives. */
export async function handOver(
  command: string,
  args: readonly string[],
  options: Pick<RunOptions, "cwd" | "env"> = {},
): Promise<number> {
  listenForSignals();
  const code = await new Promise<number>((resolve, reject) => {
    const env = { ...process.env, ...mark(), ...options.env };
    const child = spawn(command, args, { cwd: options.cwd, env, stdio: "inherit" });
    // The terminal itself delivers Ctrl-C to both.
    running.set(child, (signal) => {
      if (!(process.stdin.isTTY && signal !== "SIGTERM")) child.kill(signal);
    });
    child.on("error", reject);
    child.on("close", (status, signal) => {
      running.delete(child);
      resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
  if (noMore()) throw new Interrupted();
  return code;
}

/** Enough of the output for messages and JSON; a runaway log must not fill our memory. */
const limit = 64 * 1024 * 1024;
const keep = (text: string): string => (text.length > limit ? text.slice(-limit) : text);
