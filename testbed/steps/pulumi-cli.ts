/** The Pulumi command: the machine's own if new enough, else the official download, else compiled from its Go module. */
import { chmodSync, cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { which } from "../apt";
import { cached, demandSpace, entry } from "../cache";
import { type Choice, choose, explain, Unavailable } from "../choose";
import { repository } from "../paths";
import { attempt, run } from "../process";
import { message, Problem, type Step } from "../progress";
import { outOfReach } from "../reach";

/** Official downloads of the command and of plugins. */
export const downloads = "https://get.pulumi.com";
export const version = "3.259.0";
/** The stack's program and its plugins were tried with this and later ones. */
const oldest = [3, 259] as const;

const officialVersion = `${version}-official-${process.platform}-${process.arch}`;
const builtVersion = `${version}-built-${process.platform}-${process.arch}`;

export interface PulumiCli {
  readonly path: string;
  /** Whether it brought its own language hosts, as the official one does. */
  readonly official: boolean;
}

export async function ensurePulumi(step: Step): Promise<{ value: PulumiCli; chose: string }> {
  const choice: Choice<PulumiCli> = await choose<PulumiCli>("Pulumi CLI", [
    { name: "the machine's own", timeout: 20_000, attempt: installed },
    { name: "downloaded before", attempt: () => kept(officialVersion, true) },
    { name: "built here before", attempt: () => kept(builtVersion, false) },
    { name: "official download", attempt: () => download(step) },
    { name: "built from its Go module", attempt: () => build(step) },
  ]).catch((error) => {
    throw error.cause instanceof Problem ? error.cause : error;
  });
  const found = await run(choice.value.path, ["version"], {
    env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
    timeout: 20_000,
  });
  const how = choice.candidate.endsWith("before") ? choice.candidate : explain(choice);
  return { value: choice.value, chose: `${found.stdout.trim()}, ${how}` };
}

async function installed(signal: AbortSignal): Promise<PulumiCli> {
  const path = which("pulumi");
  if (path === undefined) throw new Unavailable("none on PATH");
  const { stdout } = await attempt(path, ["version"], { signal, env: { PULUMI_SKIP_UPDATE_CHECK: "true" } });
  const [major = 0, minor = 0] = stdout.trim().replace(/^v/, "").split(".").map(Number);
  if (major !== oldest[0] || minor < oldest[1])
    throw new Unavailable(`${path} is ${stdout.trim() || "unknown"}, ${oldest.join(".")} or newer is needed`);
  return { path, official: which("pulumi-language-nodejs") !== undefined };
}

/** One that an earlier run put into the cache. */
async function kept(version: string, official: boolean): Promise<PulumiCli> {
  const path = join(entry("pulumi", version), "pulumi");
  if (!existsSync(path)) throw new Unavailable();
  return { path, official };
}

async function download(step: Step): Promise<PulumiCli> {
  const why = await outOfReach(downloads);
  if (why !== undefined) throw new Unavailable(why);
  const system = { linux: "linux", darwin: "darwin" }[process.platform as string];
  if (system === undefined) throw new Unavailable(`none for ${process.platform} here`);
  const { folder } = await cached(
    "pulumi",
    officialVersion,
    async (result) => {
      step.say("downloading");
      const archive = join(result, "pulumi.tar.gz");
      const url = `${downloads}/releases/sdk/pulumi-v${version}-${system}-${process.arch}.tar.gz`;
      // A slow line may take long, but not a line that is dead.
      const bounds = ["--connect-timeout", "3", "--speed-limit", "10000", "--speed-time", "15", "--max-time", "600"];
      await run("curl", ["--fail", "--silent", "--show-error", "--location", ...bounds, "--output", archive, url], {
        log: step.log,
      });
      await run("tar", ["-xzf", archive, "--strip-components=1", "-C", result], { log: step.log });
      await run("rm", [archive]);
    },
    step,
  );
  return { path: join(folder, "pulumi"), official: true };
}

async function build(step: Step): Promise<PulumiCli> {
  const module = join(repository, "testbed", "pulumi");
  const wanted = /^go (\d+\.\d+)/m.exec(readFileSync(join(module, "go.mod"), "utf8"))?.[1] ?? "";
  const { folder } = await cached(
    "pulumi",
    builtVersion,
    async (result) => {
      if (which("go") === undefined)
        throw new Unavailable(
          `Go was not found; install Go ${wanted} or newer, or Pulumi ${oldest.join(".")} or newer`,
        );
      demandSpace(5, "Building the Pulumi CLI");
      const source = join(result, "..", "source");
      cpSync(module, source, { recursive: true });
      const tags = "osusergo,grpcnotrace";
      const flags = [
        ...["-mod=readonly", "-trimpath", "-buildvcs=false", "-tags", tags],
        ...["-ldflags", `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`],
      ];
      const program = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
      const env = { CGO_ENABLED: "0", GOFLAGS: undefined, GOWORK: "off" };
      const site = { cwd: source, log: step.log, env, timeout: 1_800_000 };
      try {
        step.say("downloading Go modules");
        const { stdout } = await run("go", ["list", "-mod=readonly", "-tags", tags, "-deps", program], site);
        const total = stdout.trim().split("\n").length;
        let done = 0;
        // With -v, go names each package when its turn comes; those compiled by an earlier build are not named.
        const onLine = (): void => {
          done += 1;
          step.say(`compiling it from its Go module, ${done} of at most ${total} packages`);
        };
        await run("go", ["build", "-v", ...flags, "-o", join(result, "pulumi"), program], { ...site, onLine });
      } catch (error) {
        if (/requires go >= /.test(message(error)))
          throw new Unavailable(`Go is too old, ${wanted} or newer is needed`);
        throw error;
      }
      chmodSync(join(result, "pulumi"), 0o755);
    },
    step,
  );
  return { path: join(folder, "pulumi"), official: false };
}
