/** Things built once per version: whole or not there at all, whatever kills the run that builds them. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { isAlive, type Owner, self, withLock } from "./lock";
import { mountsBelow } from "./mounts";
import { cache } from "./paths";
import { attempt, CommandFailed, run } from "./process";
import { message, Problem } from "./progress";

const gibibyte = 1024 ** 3;
/** Below this a failed write is put down to the disk, even if the tool did not say so. */
const full = 0.1 * gibibyte;

export function entry(name: string, version: string): string {
  return join(cache, name, version);
}

/**
 * The folder of `name` at `version`, built by `build` if it is not there yet. `build` fills an empty folder of its own; only when it is done, and on
 * the disk, does the folder get its name.
 */
export function cached(
  name: string,
  version: string,
  build: (folder: string) => Promise<void>,
  site: Site = {},
): Promise<Entry> {
  const folder = entry(name, version);
  let asked = underWay.get(folder);
  if (asked === undefined) {
    asked = make(name, folder, build, site).finally(() => underWay.delete(folder));
    underWay.set(folder, asked);
  }
  return asked;
}

export interface Entry {
  readonly folder: string;
  /** False when it was there already. */
  readonly built: boolean;
}

export interface Site {
  say?(activity: string): void;
  /** Runs the building itself, when its turn comes. */
  heavy?<T>(body: () => Promise<T>): Promise<T>;
}

const underWay = new Map<string, Promise<Entry>>();

async function make(
  name: string,
  folder: string,
  build: (folder: string) => Promise<void>,
  site: Site,
): Promise<Entry> {
  if (existsSync(folder)) return { folder, built: false };
  const heavy = site.heavy ?? ((body) => body());
  return withLock(
    join(cache, "locks", relative(cache, folder).replace(/[^\w.-]/g, "_")),
    async () => {
      if (existsSync(folder)) return { folder, built: false };
      await heavy(() =>
        inWorkshop(name, async (workshop) => {
          const result = join(workshop, "result");
          mkdirSync(result);
          await build(result);
          // A power cut after the rename must not leave a name without its content.
          await run("sync", []);
          mkdirSync(join(cache, name), { recursive: true });
          renameSync(result, folder);
        }),
      );
      return { folder, built: true };
    },
    (owner) => site.say?.(`waiting for process ${owner.pid}, which builds it already`),
  );
}

/** An empty folder for the time of `body`. Folders whose owner was killed are removed on the way. */
export async function inWorkshop<T>(name: string, body: (folder: string) => Promise<T>): Promise<T> {
  const workshops = join(cache, "workshops");
  mkdirSync(workshops, { recursive: true });
  await sweep(workshops);
  const me = self();
  const folder = join(workshops, `${name}-${me.pid}-${Math.random().toString(36).slice(2, 8)}`);
  // The note of the owner comes first: a folder without one belongs to nobody.
  writeFileSync(`${folder}.new`, JSON.stringify(me));
  renameSync(`${folder}.new`, `${folder}.owner`);
  mkdirSync(folder);
  try {
    return await body(folder);
  } catch (error) {
    throw explainDisk(error);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(`${folder}.owner`, { force: true });
  }
}

async function sweep(workshops: string): Promise<void> {
  for (const file of readdirSync(workshops)) {
    if (!file.endsWith(".owner")) continue;
    const note = join(workshops, file);
    let owner: Owner | undefined;
    try {
      owner = JSON.parse(readFileSync(note, "utf8")) as Owner;
    } catch {
      // half written, or just removed by its owner
    }
    if (owner !== undefined && isAlive(owner)) continue;
    // An interrupted build may have mounted something there: only what is on this disk is ours.
    const folder = note.slice(0, -".owner".length);
    for (const mount of mountsBelow(folder)) await attempt("umount", ["-l", mount]);
    const { code } = await attempt("rm", [
      "-rf",
      ...(process.platform === "linux" ? ["--one-file-system"] : []),
      folder,
    ]);
    // What could not be removed stays listed for the next run.
    if (code === 0) rmSync(note, { force: true });
  }
}

/** Free space where the cache lives, in bytes. */
export function freeSpace(path: string = cache): number {
  mkdirSync(path, { recursive: true });
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

export const inGibibytes = (bytes: number): string => `${(bytes / gibibyte).toFixed(1)} GiB`;

/** Throws when less than `needed` GiB are free. */
export function demandSpace(needed: number, purpose: string, path: string = cache): void {
  const free = freeSpace(path);
  if (free < needed * gibibyte)
    throw new Problem(
      `${purpose} needs ${needed} GiB free, but only ${inGibibytes(free)} are left on the disk that holds ${path}.\n` +
        "Free some space (`make clean` removes this project's own caches) or set ZERO_TRUST_OPENCLAW_CACHE to a folder on a larger disk.",
    );
}

/** A full disk shows as a hundred different errors; say it plainly. */
export function explainDisk(error: unknown, path: string = cache): unknown {
  if (error instanceof Problem) return error;
  const output = error instanceof CommandFailed ? `${error.result.stdout}\n${error.result.stderr}` : "";
  const said = /no space left on device|ENOSPC|disk quota exceeded/i.test(`${message(error)}\n${output}`);
  const free = freeSpace(path);
  if (!said && free > full) return error;
  return new Problem(
    `The disk is full: ${inGibibytes(free)} left where ${path} is. Nothing half-made was kept; free some space and run the same command again.`,
  );
}
