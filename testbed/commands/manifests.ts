/** What the programs of others find in our Kubernetes manifests, without a cluster. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../paths";
import { attempt, handOver, type Result } from "../process";
import { Progress, type Step } from "../progress";
import { ensureManifestCheckers, type ManifestCheckers } from "../steps/manifest-checkers";
import type { Options } from "./context";

const folder = join(repository, "tests", "manifests");

/** Runs the tests of the manifests, and leaves the counting to others. */
export async function manifestTests(step: Step): Promise<Result> {
  const { value: checkers } = await ensureManifestCheckers(step);
  step.say("reading what each preset makes");
  return attempt(process.execPath, command("tap"), { cwd: repository, log: step.log, env: environment(checkers) });
}

/** Runs them for somebody who looks on. Returns the exit code. */
export async function manifests(options: Options): Promise<number> {
  const progress = new Progress(1, join(repository, ".state", "log"), options.out);
  const checkers = await progress.step("Manifest checkers", ensureManifestCheckers);
  return handOver(process.execPath, command("spec"), { cwd: repository, env: environment(checkers) });
}

/** Each file in a process of its own. */
function command(reporter: string): string[] {
  const loader = `file://${join(repository, "node_modules", "tsx", "dist", "loader.mjs")}`;
  const files = readdirSync(folder).filter((file) => file.endsWith(".test.ts"));
  return ["--import", loader, "--test", `--test-reporter=${reporter}`, ...files.map((file) => join(folder, file))];
}

function environment({ netpolicy, kubeScore }: ManifestCheckers): Record<string, string> {
  return { NETPOLICY: netpolicy, KUBE_SCORE: kubeScore };
}
