/** The control group that all pods are below: one folder in each hierarchy of the machine. */
import { mkdirSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { sleep } from "../sleep";
import { controlGroup } from "./layout";

/** Where the hierarchies are mounted; several of the first version, one of the second, or both. */
export function hierarchies(table: string = readFileSync("/proc/self/mounts", "utf8")): string[] {
  return table
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, , type]) => type === "cgroup" || type === "cgroup2")
    .map(([, path = ""]) => path);
}

/** kubelet wants it to be there. */
export function makeControlGroups(): void {
  for (const folder of hierarchies()) mkdirSync(join(folder, controlGroup), { recursive: true });
}

/** Its processes must have ended before; the kernel may still be busy with that. */
export async function removeControlGroups(): Promise<void> {
  const limit = Date.now() + 5000;
  for (const folder of hierarchies()) while (!remove(join(folder, controlGroup)) && Date.now() < limit) await sleep(50);
}

/** The files in it are the kernel's own and go with the folder. */
function remove(folder: string): boolean {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory()) remove(join(folder, entry.name));
    rmdirSync(folder);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
  return true;
}
