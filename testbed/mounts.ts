import { existsSync, readFileSync } from "node:fs";

/** Where something is mounted below a folder, the innermost first. */
export function mountsBelow(folder: string): string[] {
  const table = "/proc/self/mounts";
  if (!existsSync(table)) return [];
  return readFileSync(table, "utf8")
    .split("\n")
    .map((line) => (line.split(" ")[1] ?? "").replace(/\\040/g, " "))
    .filter((path) => path.startsWith(`${folder}/`))
    .reverse();
}
