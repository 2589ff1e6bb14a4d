/** The machine-wide settings that kubelet insists on changing: noted before it starts, and put back when the node is gone. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { places } from "./layout";

const names = [
  "vm/overcommit_memory",
  "vm/panic_on_oom",
  "kernel/panic",
  "kernel/panic_on_oops",
  "kernel/keys/root_maxkeys",
  "kernel/keys/root_maxbytes",
] as const;

const file = (name: string): string => join("/proc/sys", name);
const read = (name: string): string => readFileSync(file(name), "utf8").trim();
/** They start from the machine's own after a boot. */
const boot = (): string => read("kernel/random/boot_id");

export function noteKernelSettings(): void {
  if (noted() !== undefined) return;
  const note = { boot: boot(), values: Object.fromEntries(names.map((name) => [name, read(name)])) };
  writeFileSync(`${places.kernel}.new`, JSON.stringify(note));
  renameSync(`${places.kernel}.new`, places.kernel);
}

export function restoreKernelSettings(): void {
  for (const [name, value] of Object.entries(noted() ?? {})) if (read(name) !== value) writeFileSync(file(name), value);
  rmSync(places.kernel, { force: true });
}

function noted(): Record<string, string> | undefined {
  if (!existsSync(places.kernel)) return undefined;
  const note = JSON.parse(readFileSync(places.kernel, "utf8")) as { boot: string; values: Record<string, string> };
  return note.boot === boot() ? note.values : undefined;
}
