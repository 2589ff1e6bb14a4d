import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Bench } from "../../tests/bench/bench";
import { withFigures } from "../../tests/bench/document";
import { asMarkdown, asText, type Table } from "../../tests/bench/table";
import { repository, StateDirectory } from "../paths";
import { message, Problem, Progress } from "../progress";
import { ensureEngine } from "../steps/engine";
import { ensureImages } from "../steps/images";
import { type Options, parseConfig } from "./context";
import { down } from "./down";
import { bringUp } from "./up";

const DOCUMENT = join(repository, "docs/performance.md");

/** No limit may be met by a generator. */
export const UNLIMITED = {
  "rateLimits.perAddress.burst": "100000",
  "rateLimits.perAddress.perSecond": "100000",
  "rateLimits.perUser.burst": "100000",
  "rateLimits.perUser.perSecond": "100000",
};

/**
 * A deployment of its own, beside that of `make up`. No rate limit ends the measuring, and no session has to be refreshed in the middle of
 * it; nothing else is unlike the laptop stack.
 */
const SETTINGS = {
  instance: "bench",
  publicUrl: "https://localhost:28443",
  addresses: "10.212.0.0/16",
  ...UNLIMITED,
  "demo.tokenSeconds": "3600",
};

/** The same for a command that goes on with it. */
export const laptopForBench = (out: Options["out"]) => ({
  instance: SETTINGS.instance,
  options: { stack: "laptop", state: benchState(), config: written(SETTINGS), out },
});

export const written = (settings: Record<string, string>): string[] =>
  Object.entries(settings).map(([key, value]) => `${key}=${value}`);

export const benchState = (): StateDirectory => new StateDirectory(join(repository, ".state", "bench"));

/** Measures the path and what it is compared with. Returns the exit code: what was slow is no failure, what failed is. */
export async function bench(options: Options, { write, keep }: { write: boolean; keep: boolean }): Promise<number> {
  const settings = { ...SETTINGS, ...parseConfig(options.config) };
  const own = { ...options, config: written(settings) };
  try {
    const outputs = await bringUp(own);
    const progress = new Progress(7, options.state.logs, options.out);
    const { docker } = await progress.step("Docker engine", ensureEngine);
    const { oauth2Proxy } = await progress.step("Images", (step) => ensureImages(docker, step, "oauth2-proxy"));
    if (oauth2Proxy === undefined) throw new Problem("There is no image of oauth2-proxy to compare with.");
    const { Version } = await docker.version();
    const { machine, tables, failures } = await new Bench(settings.instance, outputs, oauth2Proxy, Version)
      .run(progress)
      .catch((error) => {
        throw error instanceof Error && error.name === "Error" ? new Problem(message(error)) : error;
      });
    for (const line of ["", machine, ...tables.flatMap(asText), "", ...failures]) progress.line(line);
    if (failures.length > 0) return 1;
    if (write) keepFigures(machine, tables);
    return 0;
  } finally {
    if (!keep) await down(own, false);
  }
}

/** Writes what was measured into the documentation, at the place that names the command. */
export function keepFigures(machine: string, tables: readonly Table[], by?: string): void {
  const figures = ["", `${machine}.`, ...tables.flatMap(asMarkdown)];
  writeFileSync(DOCUMENT, withFigures(readFileSync(DOCUMENT, "utf8"), figures, by));
}
