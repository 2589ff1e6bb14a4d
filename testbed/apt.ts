/** Debian packages, without a question asked and without a service started. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Unavailable } from "./choose";
import { withLock } from "./lock";
import { unmarked } from "./orphans";
import { cache } from "./paths";
import { attempt } from "./process";

/** Third-party package sources that do not answer must not hold us up; dpkg may be busy with somebody else's install. */
const patience = [
  "-o",
  "Acquire::http::Timeout=15",
  "-o",
  "Acquire::https::Timeout=15",
  "-o",
  "Acquire::Retries=1",
  "-o",
  "DPkg::Lock::Timeout=180",
];

export async function aptInstall(packages: readonly string[], log: string, say: (text: string) => void): Promise<void> {
  if (process.platform !== "linux" || !existsSync("/usr/bin/apt-get"))
    throw new Unavailable(`this system has no apt-get to install ${packages.join(", ")} with`);
  if (process.getuid?.() !== 0) throw new Unavailable(`only root may install ${packages.join(", ")}`);
  await withLock(
    join(cache, "locks", "apt"),
    async () => {
      // Packages half installed are worse than a process too many, so nobody ends this one.
      const env = { ...unmarked, DEBIAN_FRONTEND: "noninteractive", NEEDRESTART_SUSPEND: "1" };
      const install = () =>
        withoutServices(() =>
          attempt("apt-get", ["install", "-y", "--no-install-recommends", ...patience, ...packages], {
            env,
            log,
            timeout: 600_000,
          }),
        );
      // A killed run may have left packages unpacked but not configured.
      await withoutServices(() => attempt("dpkg", ["--configure", "-a"], { env, log, timeout: 300_000 }));
      say(`installing ${packages.join(", ")}`);
      if ((await install()).code === 0) return;
      say("updating the package lists");
      // One broken source of many is no reason to stop: the install itself tells.
      await attempt("apt-get", ["update", ...patience], { env, log, timeout: 300_000 });
      say(`installing ${packages.join(", ")}`);
      const second = await install();
      if (second.code !== 0) {
        const reason = second.stderr
          .split("\n")
          .filter((line) => line.startsWith("E: "))
          .join(" ");
        throw new Unavailable(
          `apt-get could not install ${packages.join(", ")}: ${reason || `ended with ${second.code}`}`,
        );
      }
    },
    () => say("waiting for another run that installs packages"),
  );
}

const policy = "/usr/sbin/policy-rc.d";
const ours = "#!/bin/sh\n# Made by zero-trust-openclaw while it installs packages; safe to remove.\nexit 101\n";

/** Debian asks this file whether a package may start its service. Somebody else's file stays; one that a killed run of ours left is removed. */
async function withoutServices<T>(body: () => Promise<T>): Promise<T> {
  const someoneElses = existsSync(policy) && readFileSync(policy, "utf8") !== ours;
  if (someoneElses) return body();
  writeFileSync(policy, ours, { mode: 0o755 });
  try {
    return await body();
  } finally {
    rmSync(policy, { force: true });
  }
}

/** Where a command is on PATH, or in the folders that root's PATH may lack. This repository's own wrappers do not count. */
export function which(command: string): string | undefined {
  const path = `${process.env.PATH ?? ""}:/usr/local/sbin:/usr/sbin:/sbin`;
  return path
    .split(":")
    .filter((folder) => folder !== "" && !existsSync(join(folder, "..", "bootstrap.sh")))
    .map((folder) => join(folder, command))
    .find((file) => existsSync(file));
}
