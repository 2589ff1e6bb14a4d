/**
 * The node's processes. They outlive the command that starts them, so each is noted with its start time, because process ids are used again. Those
 * that no note tells of, because a run was killed, are found by a mark in their environment, and those of pods by their control group.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive, type Owner, startOf } from "../lock";
import { processes, readProcess, signal, unmarked } from "../orphans";
import { sleep } from "../sleep";
import { type Component, type ComponentName, onNode } from "./configuration";
import { controlGroup, places, processMark } from "./layout";

interface Note extends Owner {
  /** Of its program, its arguments and the files it reads. */
  readonly told: string;
}

const noteOf = (name: ComponentName): string => join(places.run, `${name}.json`);
export const logOf = (name: ComponentName): string => join(places.log, `${name}.log`);
/** A log that grew beyond this is put aside when its process starts again. */
const longLog = 20 * 1024 * 1024;

/** The process of a part, if it runs. */
export function running(name: ComponentName): Owner | undefined {
  const note = read(name);
  return note !== undefined && isAlive(note) ? note : undefined;
}

function read(name: ComponentName): Note | undefined {
  try {
    return JSON.parse(readFileSync(noteOf(name), "utf8")) as Note;
  } catch {
    return undefined;
  }
}

/** Starts a part, or leaves it alone if it runs and nothing it was told has changed. Returns whether it was started. */
export async function start(component: Component): Promise<boolean> {
  const { name, program, args } = component;
  const told = hash(component);
  if (running(name) !== undefined) {
    if (read(name)?.told === told) return false;
    await stop(name);
  }
  // One that was started by a run that was killed before it could note it.
  await endProcesses(strays(component));
  mkdirSync(places.log, { recursive: true });
  const log = openLog(name);
  try {
    const [command, words] = onNode(program, args);
    const child = spawn(command, words, { detached: true, stdio: ["ignore", log, log], cwd: "/", env: environment() });
    await new Promise<void>((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    const note: Note = { pid: child.pid as number, started: startOf(child.pid as number) ?? "", told };
    writeFileSync(`${noteOf(name)}.new`, JSON.stringify(note));
    renameSync(`${noteOf(name)}.new`, noteOf(name));
    child.unref();
  } finally {
    closeSync(log);
  }
  return true;
}

function hash({ program, args, reads }: Component): string {
  const sum = createHash("sha256").update([program, ...args].join("\0"));
  for (const file of reads) sum.update("\0").update(readFileSync(file));
  return sum.digest("hex");
}

/** Unnoted processes of the same program: a part must not run twice. */
function strays({ program, args }: Component): number[] {
  const line = [program, ...args].join("\0");
  return ours().filter((pid) => readProcess(pid, "cmdline").startsWith(line));
}

function openLog(name: ComponentName): number {
  const file = logOf(name);
  try {
    if (statSync(file).size > longLog) renameSync(file, `${file}.1`);
  } catch {
    // There is none yet.
  }
  return openSync(file, "a");
}

/** Nothing of the machine's own: proxies above all, which the node could not reach. */
function environment(): NodeJS.ProcessEnv {
  const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  return { ...unmarked, PATH: path, HOME: places.data, [processMark.name]: processMark.value };
}

/** Ends a part. The API server takes long over it, and has nothing to lose. */
export async function stop(name: ComponentName, patience = 5000): Promise<void> {
  const owner = running(name);
  if (owner !== undefined) {
    signal([owner.pid], "SIGTERM");
    const limit = Date.now() + patience;
    while (isAlive(owner) && Date.now() < limit) await sleep(50);
    if (isAlive(owner)) signal([owner.pid], "SIGKILL");
    while (isAlive(owner)) await sleep(20);
  }
  rmSync(noteOf(name), { force: true });
}

/** Every process of the node, those of pods included. */
export function ours(): number[] {
  const mark = `${processMark.name}=${processMark.value}`;
  return processes().filter(
    (pid) =>
      startOf(pid) !== undefined &&
      (readProcess(pid, "environ").split("\0").includes(mark) ||
        readProcess(pid, "cgroup").includes(`/${controlGroup}/`)),
  );
}

/** Whether a node of another cache folder runs: there is only one set of addresses. */
export function foreignNode(): string | undefined {
  for (const pid of processes()) {
    const found = readProcess(pid, "environ")
      .split("\0")
      .find((entry) => entry.startsWith(`${processMark.name}=`));
    const folder = found?.slice(processMark.name.length + 1);
    if (folder !== undefined && folder !== processMark.value) return folder;
  }
  return undefined;
}

async function endProcesses(pids: readonly number[]): Promise<void> {
  if (pids.length === 0) return;
  signal(pids, "SIGKILL");
  const limit = Date.now() + 10_000;
  while (pids.some((pid) => startOf(pid) !== undefined) && Date.now() < limit) await sleep(20);
}

/** Ends all of them. They may start others meanwhile, so it looks again until none is left. */
export async function endAll(): Promise<void> {
  const limit = Date.now() + 20_000;
  for (let left = ours(); left.length > 0; left = ours()) {
    if (Date.now() > limit) throw new Error(`processes of the test cluster do not end: ${left.join(", ")}`);
    signal(left, "SIGKILL");
    await sleep(50);
  }
}
