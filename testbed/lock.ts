/**
 * One process at a time, across runs: a lock file that names its owner, and is taken over when that owner is dead.
 *
 * An owner is a process id together with its start time, because process ids are used again.
 */
import { execFileSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { sleep } from "./sleep";

export interface Owner {
  readonly pid: number;
  /** When the process started, in whatever form the system tells it. */
  readonly started: string;
}

/** When a living process started, or undefined when there is none. A zombie counts as dead. */
export function startOf(pid: number): string | undefined {
  try {
    // The command's name, in brackets, may hold anything; the fields after it are fixed: state first, the start time as the 20th.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : `${bootId()} ${fields[19]}`;
  } catch {
    if (process.platform === "linux") return undefined;
  }
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Start times count from the boot of the machine, so the boot belongs to them. */
function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

export const isAlive = (owner: Owner): boolean => startOf(owner.pid) === owner.started;

export const self = (): Owner => ({ pid: process.pid, started: startOf(process.pid) ?? "" });

/** Runs `body` while holding the lock; waits for a living owner, telling `waiting` once. */
export async function withLock<T>(
  file: string,
  body: () => Promise<T>,
  waiting: (owner: Owner) => void = () => {},
): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const mine = JSON.stringify({ ...self(), id: randomUUID() });
  let told = false;
  while (!(await tryLock(file, mine))) {
    const text = read(file);
    const owner = text === undefined ? undefined : parse(text);
    if (owner !== undefined && !told) {
      told = true;
      waiting(owner);
    }
    await sleep(200);
  }
  try {
    return await body();
  } finally {
    if (read(file) === mine) rmSync(file, { force: true });
  }
}

/** True when the lock is ours now. A dead owner's lock is removed first, by one process only: the one that holds the lock on that removal. */
async function tryLock(file: string, mine: string): Promise<boolean> {
  if (linkInto(file, mine)) return true;
  const found = read(file);
  if (found === undefined) return false;
  const owner = parse(found);
  if (owner !== undefined && isAlive(owner)) return false;
  const removal = `${file}.stale-${createHash("sha256").update(found).digest("hex").slice(0, 12)}`;
  if (!(await tryLock(removal, mine))) return false;
  // Nobody else may remove this owner's lock now; still, it may have gone while we took the lock on its removal.
  if (read(file) === found) rmSync(file, { force: true });
  const taken = linkInto(file, mine);
  rmSync(removal, { force: true });
  return taken;
}

/** Creates the file with its content in one step, or not at all. */
function linkInto(file: string, content: string): boolean {
  const own = `${file}.${process.pid}.${randomUUID()}`;
  writeFileSync(own, content);
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function parse(text: string): Owner | undefined {
  try {
    const { pid, started } = JSON.parse(text) as Partial<Owner>;
    return typeof pid === "number" && typeof started === "string" ? { pid, started } : undefined;
  } catch {
    return undefined;
  }
}
