import { docker } from "../../verify/docker";
import { LABEL } from "./place";

/** MiB of each part by `workload/container`. */
export type Memory = Record<string, number>;

const UNITS: Record<string, number> = { B: 1 / 1024 / 1024, KiB: 1 / 1024, MiB: 1, GiB: 1024 };

/** What the engine counts for each part of a deployment, page cache that could be given back left out. */
export async function memory(instance: string): Promise<Memory> {
  const names = ["workload", "container"].map((label) => `{{.Label "${LABEL}.${label}"}}`).join(" ");
  const parts = (
    await docker("ps", "--filter", `label=${LABEL}.stack=${instance}`, "--format", `{{.ID}} ${names}`)
  ).split("\n");
  const named = new Map(
    parts.flatMap((line) => {
      const [id = "", workload, container] = line.split(" ");
      return workload && container ? [[id, `${workload}/${container}`] as const] : [];
    }),
  );
  const stats = await docker("stats", "--no-stream", "--format", "{{.ID}} {{.MemUsage}}", ...named.keys());
  return Object.fromEntries(
    stats
      .split("\n")
      .map((line): [string, number] => {
        const [id = "", used = ""] = line.split(" ");
        return [named.get(id) ?? id, mebibytes(used)];
      })
      .sort(([a], [b]) => a.localeCompare(b)),
  );
}

/** An amount as the engine's command writes it, such as `1.477GiB`. */
export function mebibytes(text: string): number {
  const [, amount, unit] = /^([\d.]+)([KMG]?i?B)$/.exec(text) ?? [];
  const factor = UNITS[unit ?? ""];
  if (amount === undefined || factor === undefined) throw new Error(`"${text}" is no amount of memory`);
  return Number(amount) * factor;
}
