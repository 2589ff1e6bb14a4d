/**
 * What a killed run leaves running. Every command we start carries the run's owner in its environment; one whose owner is dead is an orphan, and would
 * get in the way of the next run: it writes into folders and stacks that nobody waits for any more.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { isAlive, type Owner, self } from "./lock";
import { sleep } from "./sleep";

const variable = "ZERO_TRUST_OPENCLAW_RUN";
/** Pulumi notes what it is doing before it ends, if it gets the time. */
const patience = 20_000;

/** Marks a command as part of this run. */
export const mark = (): Record<string, string> => ({ [variable]: JSON.stringify(self()) });

/** For what is meant to outlive this run, or must not be ended half-way. */
export const unmarked: Record<string, undefined> = { [variable]: undefined };

/** Ends all orphans on this machine that we may end. Resolves with their number when they are gone. */
export async function endOrphans(): Promise<number> {
  const found = orphans();
  signal(found, "SIGINT");
  const limit = Date.now() + patience;
  while (orphans().length > 0 && Date.now() < limit) await sleep(100);
  signal(orphans(), "SIGKILL");
  while (found.length > 0 && orphans().length > 0 && Date.now() < limit + 5000) await sleep(50);
  return found.length;
}

export function orphans(): number[] {
  const living = new Map<string, boolean>();
  const space = namespaceOf(process.pid);
  return processes().filter((pid) => {
    // Process ids of a container mean nothing outside it.
    if (namespaceOf(pid) !== space) return false;
    const text = new RegExp(`(?:^|\\0)${variable}=([^\\0]*)`).exec(readProcess(pid, "environ"))?.[1];
    if (text === undefined) return false;
    if (!living.has(text)) living.set(text, ownerLives(text));
    return living.get(text) === false;
  });
}

function ownerLives(text: string): boolean {
  try {
    return isAlive(JSON.parse(text) as Owner);
  } catch {
    // Not ours after all.
    return true;
  }
}

function namespaceOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return "";
  }
}

/** All process ids; none on systems without /proc. */
export function processes(): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** A file about a process, empty when there is none. */
export function readProcess(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // It ended, or belongs to somebody else.
    return "";
  }
}

export function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It ended meanwhile.
    }
  }
}
