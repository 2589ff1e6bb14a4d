/** What a change is compared with: the program of another commit, or snapshots that were kept. */
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { repository } from "../paths";
import { attempt, run } from "../process";
import { byPlan, type StackName } from "./stacks";

/** Where snapshots to compare with come from. */
export interface Base {
  /** In words, such as `main at 1a2b3c4`. */
  title: string;
  /** A stack's snapshot, or undefined if the base has none. */
  snapshotOf(stack: StackName): Promise<unknown>;
}

/**
 * @param named - a commit, a folder with a file `<stack>.json` per snapshot, or nothing: the commit that this branch and the main branch share
 * @returns undefined if what is named is not there
 */
export async function findBase(named: string | undefined, work: string): Promise<Base | undefined> {
  if (named !== undefined && existsSync(named) && statSync(named).isDirectory()) return keptIn(resolve(named));
  const commit = named === undefined ? await sharedWithMain() : await commitOf(named);
  if (commit === undefined && named !== undefined) return undefined;
  if (commit === undefined)
    return { title: "nothing, for this is no clone with a main branch", snapshotOf: async () => undefined };
  const folder = join(work, "base");
  let program: Promise<void> | undefined;
  return {
    title: `${named ?? "main"} at ${commit.slice(0, 7)}`,
    snapshotOf: async (stack) => {
      program ??= checkOut(commit, folder);
      await program;
      if (!existsSync(join(folder, "stacks", `Pulumi.${stack}.yaml`))) return undefined;
      return (await byPlan(stack, folder, join(work, "base-plans"))).outputs.snapshot;
    },
  };
}

function keptIn(folder: string): Base {
  return {
    title: folder,
    snapshotOf: async (stack) => {
      const file = join(folder, `${stack}.json`);
      return existsSync(file) ? readFileSync(file, "utf8") : undefined;
    },
  };
}

async function commitOf(name: string): Promise<string | undefined> {
  // What begins with a dash would be an option of git.
  if (name.startsWith("-")) return undefined;
  const { code, stdout } = await attempt("git", ["rev-parse", "--verify", "--quiet", `${name}^{commit}`], {
    cwd: repository,
  });
  return code === 0 ? stdout.trim() : undefined;
}

async function sharedWithMain(): Promise<string | undefined> {
  for (const main of ["origin/main", "main"]) {
    const { code, stdout } = await attempt("git", ["merge-base", "HEAD", main], { cwd: repository });
    if (code === 0) return stdout.trim();
  }
  return undefined;
}

/** The files of a commit, with the packages it wants. */
async function checkOut(commit: string, folder: string): Promise<void> {
  mkdirSync(join(folder, "..", "base-plans"), { recursive: true });
  mkdirSync(folder, { recursive: true });
  const archive = join(folder, "..", "base.tar");
  await run("git", ["archive", "--format=tar", "--output", archive, commit], { cwd: repository });
  await run("tar", ["-xf", archive, "-C", folder]);
  const lock = (root: string) => readFileSync(join(root, "package-lock.json"), "utf8");
  if (lock(folder) === lock(repository)) symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
  else await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder, timeout: 300_000 });
}
