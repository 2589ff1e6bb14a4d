/** All tests: types, lint, unit tests, those of our images, alert rules and manifests, then the real engines. Ends with counts. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { which } from "../apt";
import { ensureCluster, removeCluster } from "../cluster";
import { isThere as clusterIsThere, status as clusterStatus } from "../cluster/node";
import { envoyVersion } from "../images/catalogue";
import { envoyBinary } from "../images/recipes";
import { repository } from "../paths";
import { attempt, CommandFailed, handOver, isEnding, onSignal, type Result, run } from "../process";
import { Problem, Progress, Reported, type Step } from "../progress";
import { ensureChromium } from "../steps/chromium";
import { engineStartedHere, stopEngine } from "../steps/engine";
import { ensurePromtool } from "../steps/promtool";
import type { Options } from "./context";
import { manifestTests } from "./manifests";
import { prepare } from "./up";

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

const steps = 15;
const images = join(repository, "images");
const monitoring = join(repository, "monitoring");
/** Programs of the tests themselves. */
const testTools = [
  ["conformance", "probe"],
  ["bench", "generator"],
].map((path) => join(repository, "tests", ...path));

const clusterRuns = (): boolean => clusterIsThere() && clusterStatus().every(({ pid }) => pid !== undefined);

/** Returns the exit code. */
export async function test(options: Options): Promise<number> {
  const logs = join(repository, ".state", "log");
  const progress = new Progress(steps, logs, options.out);
  // On a machine that is given back, an engine we started must not stay behind.
  const clusterBefore = clusterRuns();
  const tidy = async (): Promise<void> => {
    if (!clusterBefore && clusterIsThere() && (await removeCluster())) progress.line("cluster removed");
    if (process.env.STOP_ENGINE === undefined || !engineStartedHere()) return;
    const said = await stopEngine(true);
    if (said !== undefined) progress.line(said);
  };
  onSignal(tidy);

  const counts: Counts[] = [];
  const count = async (title: string, body: (step: Step) => Promise<Counts>): Promise<void> => {
    try {
      counts.push(
        await progress.step(title, async (step) => {
          const value = await body(step);
          if (value.failed > 0) throw new Failures(value);
          return { value, chose: `${value.passed} passed` };
        }),
      );
    } catch (error) {
      if (!(error instanceof Reported) || isEnding()) throw error;
      counts.push(error.cause instanceof Failures ? error.cause.counts : { passed: 0, failed: 1 });
    }
  };

  try {
    await count("Types", (step) => single(step, "tsc", ["--noEmit"]));
    await count("Lint", (step) => single(step, "biome", ["check", "."]));
    await count("Unit tests", unit);
    await count("Image tests", imageTests);
    await count("Alert rules", alertRules);
    await count("Manifests", async (step) => tapCounts(await manifestTests(step)));
    await count("Preview tests", () => runner("preview"));
    await engines(options, progress, count);
    await onCluster(progress, count);
  } finally {
    if (!isEnding()) await tidy();
  }
  const total = counts.reduce((sum, { passed, failed }) => ({
    passed: sum.passed + passed,
    failed: sum.failed + failed,
  }));
  progress.line(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
}

class Failures extends Error {
  constructor(readonly counts: Counts) {
    super(`${counts.passed} passed, ${counts.failed} failed`);
  }
}

/** One command that either passes or fails. */
async function single(step: Step, command: string, args: readonly string[]): Promise<Counts> {
  await run(join(repository, "node_modules", ".bin", command), args, { cwd: repository, log: step.log });
  return { passed: 1, failed: 0 };
}

async function unit(step: Step): Promise<Counts> {
  const file = join(repository, ".state", "log", "jest.json");
  rmSync(file, { force: true });
  const jest = join(repository, "node_modules", ".bin", "jest");
  const result = await attempt(jest, ["--ci", "--json", "--outputFile", file], { cwd: repository, log: step.log });
  if (!existsSync(file)) throw new CommandFailed("jest", result, `ended with ${result.code}`);
  const said = JSON.parse(readFileSync(file, "utf8")) as Record<string, number>;
  // A test file that cannot even be loaded counts as one failed test.
  return {
    passed: said.numPassedTests ?? 0,
    failed: (said.numFailedTests ?? 0) + (said.numRuntimeErrorTestSuites ?? 0),
  };
}

async function imageTests(step: Step): Promise<Counts> {
  let passed = 0;
  let failed = 0;
  for (const folder of [...readdirSync(images).map((name) => join(images, name)), ...testTools]) {
    step.say(basename(folder));
    const counts = existsSync(join(folder, "go.mod"))
      ? await goTests(folder, step)
      : existsSync(join(folder, "package.json"))
        ? await nodeTests(folder, step)
        : { passed: 0, failed: 0 };
    passed += counts.passed;
    failed += counts.failed;
  }
  return { passed, failed };
}

async function goTests(folder: string, step: Step): Promise<Counts> {
  if (which("go") === undefined) throw new Problem(`Go was not found, and the tests of ${basename(folder)} need it.`);
  // Tests with a real Envoy carry a build tag, so that they are left out by hand but never here.
  const withEnvoy = readdirSync(folder).some((file) => file.endsWith("_envoy_test.go"));
  // The race detector needs a C compiler.
  const race = which("gcc") === undefined ? [] : ["-race"];
  const env = withEnvoy ? { ENVOY: await envoyProgram(step) } : {};
  const { stdout, code } = await attempt(
    "go",
    ["test", "-v", ...race, ...(withEnvoy ? ["-tags", "envoy"] : []), "./..."],
    {
      cwd: folder,
      log: step.log,
      env,
    },
  );
  return counted(code, matches(stdout, /^--- PASS/gm), matches(stdout, /^--- FAIL/gm));
}

/** The machine's own choice, else the program that goes into the image. */
const envoyProgram = async (step: Step): Promise<string> =>
  process.env.ENVOY ??
  envoyBinary(envoyVersion, { log: step.log, say: (activity) => step.say(activity), heavy: (body) => body() });

async function nodeTests(folder: string, step: Step): Promise<Counts> {
  const tests = join(folder, "test");
  if (!existsSync(tests)) return { passed: 0, failed: 0 };
  await installPackages(folder, step);
  const files = readdirSync(tests).filter((file) => /\.test\.[cm]?js$/.test(file));
  return tapCounts(
    await attempt(process.execPath, ["--test", "--test-reporter=tap", ...files.map((file) => join("test", file))], {
      cwd: folder,
      log: step.log,
      env: { NODE_OPTIONS: undefined },
    }),
  );
}

function tapCounts({ stdout, code }: Pick<Result, "stdout" | "code">): Counts {
  const number = (what: string): number => Number(new RegExp(`^# ${what} (\\d+)`, "m").exec(stdout)?.[1] ?? 0);
  return counted(code, number("pass"), number("fail"));
}

async function alertRules(step: Step): Promise<Counts> {
  const { value: promtool } = await ensurePromtool(step);
  const site = { cwd: monitoring, log: step.log };
  const files = (kind: string): string[] => readdirSync(monitoring).filter((file) => file.endsWith(`.${kind}.yaml`));
  const rules = files("rules");
  await run(promtool, ["check", "rules", ...rules], site);
  const tests = files("test");
  const result = await attempt(promtool, ["test", "rules", ...tests], site);
  // It tells only of those that fail: of each what was expected and what came instead.
  const failed = matches(`${result.stdout}\n${result.stderr}`, /^ {4}(alertname|expr): /gm);
  if (result.code !== 0 && failed === 0) throw new CommandFailed("promtool", result, `ended with ${result.code}`);
  const all = tests.reduce((sum, file) => sum + expectations(join(monitoring, file)), rules.length);
  return { passed: all - failed, failed };
}

/** How many things a test of alerts looks at. */
function expectations(file: string): number {
  const { tests } = parse(readFileSync(file, "utf8")) as { tests: Record<string, unknown>[] };
  const kinds = tests.flatMap((group) => [group.alert_rule_test, group.promql_expr_test]);
  return kinds.reduce<number>((sum, looks) => sum + (Array.isArray(looks) ? looks.length : 0), 0);
}

/** A runner that fails without a failed test has failed all the same. */
const counted = (code: number, passed: number, failed: number): Counts => ({
  passed,
  failed: code !== 0 && failed === 0 ? 1 : failed,
});

const matches = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

async function installPackages(folder: string, step: Step): Promise<void> {
  const lock = join(folder, "package-lock.json");
  if (!existsSync(lock)) return;
  const stamp = join(folder, "node_modules", ".zero-trust-openclaw");
  const wanted = createHash("sha256").update(readFileSync(lock)).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: folder,
    log: step.log,
    timeout: 300_000,
  });
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  writeFileSync(stamp, wanted);
}

/** The stack on real engines. It shows its own progress, and leaves its counts in a file. */
async function engines(
  options: Options,
  progress: Progress,
  count: (title: string, body: (step: Step) => Promise<Counts>) => Promise<void>,
): Promise<void> {
  let chromium: string;
  try {
    // Every stack the tests bring up finds its images made.
    await prepare(progress, options, async () => "oauth2-proxy");
    chromium = await progress.step("Chromium", ensureChromium);
  } catch (error) {
    if (!(error instanceof Reported)) throw error;
    return count("Engine tests", async () => {
      throw new Problem("not run, because a step before failed");
    });
  }
  await count("Engine tests", () => runner("engine", { CHROMIUM: chromium }));
}

/** The same perimeter on a cluster. */
async function onCluster(
  progress: Progress,
  count: (title: string, body: (step: Step) => Promise<Counts>) => Promise<void>,
): Promise<void> {
  try {
    await progress.step("Cluster", ensureCluster);
  } catch (error) {
    if (!(error instanceof Reported)) throw error;
    return count("Cluster tests", async () => {
      throw new Problem("not run, because a step before failed");
    });
  }
  await count("Cluster tests", () => runner("kubernetes"));
}

/** Runs the tests in a folder, which show their own progress and leave their counts in a file. */
async function runner(folder: string, env: Record<string, string> = {}): Promise<Counts> {
  const file = join(repository, ".state", "log", `${folder}-tests.json`);
  rmSync(file, { force: true });
  const loader = `file://${join(repository, "node_modules", "tsx", "dist", "loader.mjs")}`;
  const code = await handOver(process.execPath, ["--import", loader, join(repository, "tests", folder, "run.ts")], {
    cwd: repository,
    env: { RESULT_FILE: file, ...env },
  });
  if (!existsSync(file)) throw new Problem(`the tests ended with ${code} before they left a result`);
  const { passed, failed } = JSON.parse(readFileSync(file, "utf8")) as Counts;
  return counted(code, passed, failed);
}

/** The tests of what is said before anything is deployed, alone. Returns the exit code. */
export async function previewTests({ out }: Options): Promise<number> {
  const { passed, failed } = await runner("preview");
  out.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

/** The tests on a cluster alone. Returns the exit code. */
export async function kubernetesTests(options: Options): Promise<number> {
  options.state.make();
  const progress = new Progress(2, join(repository, ".state", "log"), options.out);
  await progress.step("Cluster", ensureCluster);
  const { passed, failed } = await runner("kubernetes");
  progress.line(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
