/** Prometheus' tool that tests alert rules: the machine's own, else the one in Debian's package. */
import { mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { which } from "../apt";
import { cached } from "../cache";
import { choose, explain, Unavailable } from "../choose";
import { withLock } from "../lock";
import { cache } from "../paths";
import { attempt, run } from "../process";
import { Problem, type Step } from "../progress";

/** It brings Prometheus itself as a service, so it is unpacked and not installed. */
const debianPackage = "prometheus";
const patience = ["Acquire::http::Timeout=15", "Acquire::https::Timeout=15", "Acquire::Retries=1"].flatMap((option) => [
  "-o",
  option,
]);

/** The path of the program. */
export async function ensurePromtool(step: Step): Promise<{ value: string; chose: string }> {
  const choice = await choose<string>("promtool", [
    {
      name: "the machine's own",
      attempt: async () => {
        const path = which("promtool");
        if (path === undefined) throw new Unavailable("none on PATH");
        return path;
      },
    },
    { name: "Debian's package", attempt: () => fromPackage(step) },
  ]).catch((error) => {
    throw new Problem(
      `${error.message}\nInstall promtool, which comes with Prometheus, and run the same command again.`,
    );
  });
  return { value: choice.value, chose: `${explain(choice)}: ${choice.value}` };
}

async function fromPackage(step: Step): Promise<string> {
  if (which("apt-get") === undefined) throw new Unavailable("this system has no apt-get to download it with");
  const known = await offered();
  if (known !== undefined) {
    try {
      return await unpacked(known, step);
    } catch (error) {
      // A list that is out of date names packages that are gone; that of today may help.
      await update(step);
      if ((await offered()) === known) throw error;
    }
  } else await update(step);
  const version = await offered();
  if (version === undefined) throw new Unavailable(`the package lists have no package ${debianPackage}`);
  return unpacked(version, step);
}

/** The version that the package lists offer. */
async function offered(): Promise<string | undefined> {
  const { stdout } = await attempt("apt-cache", ["show", "--no-all-versions", debianPackage], { timeout: 60_000 });
  return /^Version: (\S+)$/m.exec(stdout)?.[1];
}

/** Only root can; for anybody else the lists stay as they are. */
async function update({ log, say }: Step): Promise<void> {
  say("updating the package lists");
  await withLock(
    join(cache, "locks", "apt"),
    () => attempt("apt-get", ["update", ...patience], { log, timeout: 300_000 }),
    () => say("waiting for another run that installs packages"),
  );
}

async function unpacked(version: string, step: Step): Promise<string> {
  const { log } = step;
  const { folder } = await cached(
    "promtool",
    `${version}-${process.arch}`,
    async (result) => {
      step.say(`downloading Debian's package ${debianPackage}`);
      // In the workshop, so that it is gone when this is done.
      const scratch = join(result, "..", "scratch");
      mkdirSync(scratch);
      const wanted = `${debianPackage}=${version}`;
      await run("apt-get", ["download", ...patience, wanted], { cwd: scratch, log, timeout: 300_000 });
      const archive = readdirSync(scratch).find((file) => file.endsWith(".deb")) ?? "";
      await run("dpkg-deb", ["-x", archive, "content"], { cwd: scratch, log, timeout: 120_000 });
      renameSync(join(scratch, "content", "usr", "bin", "promtool"), join(result, "promtool"));
    },
    step,
  );
  return join(folder, "promtool");
}
