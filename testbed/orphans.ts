/** Processes that a killed run left behind and that still work on a stack: found by the backend in their environment. */
import { readdirSync, readFileSync } from "node:fs";
import { sleep } from "./process";

const patience = 20_000;

/** Ends what works on this backend without a living run of ours above it. Resolves when it is gone. */
export async function endOrphans(backend: string): Promise<number> {
  const found = orphans(backend);
  // Pulumi finishes what it is doing and notes it, if it gets the time.
  signal(found, "SIGINT");
  const limit = Date.now() + patience;
  while (orphans(backend).length > 0 && Date.now() < limit) await sleep(200);
  signal(orphans(backend), "SIGKILL");
  while (orphans(backend).length > 0) await sleep(50);
  return found.length;
}

/** Empty on systems without /proc. */
export function orphans(backend: string): number[] {
  const mark = `\0PULUMI_BACKEND_URL=file://${backend}?`;
  return processes().filter((pid) => `\0${readProcess(pid, "environ")}`.includes(mark) && !isOurs(pid));
}

/** Whether a run of the test bed, which knows about the process, is among its ancestors. */
function isOurs(pid: number): boolean {
  for (let at = pid; at > 1; at = parentOf(at)) if (readProcess(at, "cmdline").includes("/testbed/cli.ts")) return true;
  return false;
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s*(\d+)/m.exec(readProcess(pid, "status"))?.[1] ?? 0);
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
