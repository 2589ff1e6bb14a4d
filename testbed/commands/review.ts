/** What a change to this repository's stacks lets reach what, and what speaks against it, before anything is deployed. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EXIT, exitCode, type Format, render } from "../../review/report";
import { withLock } from "../lock";
import { repository, StateDirectory } from "../paths";
import { Progress, Reported } from "../progress";
import { findBase } from "../review/base";
import { before, reportOn, WrongBase } from "../review/report-on";
import { STACKS } from "../review/stacks";
import { findEngine } from "../steps/engine";
import { ensureManifestCheckers } from "../steps/manifest-checkers";
import { ensurePlugins } from "../steps/plugins";
import { ensurePulumi } from "../steps/pulumi-cli";

const steps = 6;
const folder = join(repository, ".state", "review");
const FILES: Record<string, Format> = { "comment.md": "markdown", "review.json": "json", "review.sarif": "sarif" };

/**
 * Previews all stacks and leaves `comment.md`, `review.json` and `review.sarif` in `.state/review`.
 * @returns 0 if nothing speaks against the change, 1 if a preview failed, 2 if the base is not there, 3 if something speaks against it
 */
export async function review(base: string | undefined, out: NodeJS.WriteStream): Promise<number> {
  const progress = new Progress(steps, join(repository, ".state", "log"), out);
  return withLock(
    `${folder}.lock`,
    () => reviewAlone(base, progress),
    ({ pid }) => progress.line(`waiting for process ${pid}, which reviews too`),
  );
}

async function reviewAlone(named: string | undefined, progress: Progress): Promise<number> {
  rmSync(folder, { recursive: true, force: true });
  const work = join(folder, "work");
  mkdirSync(work, { recursive: true, mode: 0o700 });
  try {
    const base = await findBase(named, work);
    if (base === undefined) {
      progress.line(
        `BASE=${named} is neither a commit of this repository nor a folder. Name a branch that was fetched, such as origin/main, or a folder with <stack>.json files.`,
      );
      return EXIT.wrong;
    }
    const cli = await progress.step("Pulumi CLI", ensurePulumi);
    const tools = new StateDirectory(join(work, "plugins"));
    tools.make();
    const plugins = await progress.step("Pulumi plugins", (step) => ensurePlugins(cli, tools, step));
    const { netpolicy } = await progress.step("Manifest checkers", ensureManifestCheckers);
    process.env.NETPOLICY = netpolicy;
    const bases = await progress.step("Base", async () => {
      const each = STACKS.map(async (stack) => [stack, await before(stack, base)] as const);
      return { value: new Map(await Promise.all(each)), chose: base.title };
    });
    const site = { tools: { cli, plugins, work }, docker: (await findEngine()) !== undefined };
    const reports = await progress.step("Previews", async (step) => {
      const value = await Promise.all(
        [...bases].map(async ([stack, known]) => {
          const report = await reportOn(stack, known, site);
          step.note(`${stack}: ${report.how}`);
          return report;
        }),
      );
      return { value, chose: `${value.length} stacks` };
    });
    await progress.step("Report", async () => {
      for (const [name, format] of Object.entries(FILES)) writeFileSync(join(folder, name), render(reports, format));
      return { value: undefined, chose: ".state/review: comment.md, review.json, review.sarif" };
    });
    progress.line(`\n${render(reports, "text")}`);
    return exitCode(reports);
  } catch (error) {
    if (error instanceof Reported && error.cause instanceof WrongBase) return EXIT.wrong;
    throw error;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
