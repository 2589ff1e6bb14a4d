/** One Pulumi stack with everything it keeps in its state directory: backend, passphrase, configuration. */
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join, relative } from "node:path";
import { startOf } from "./lock";
import { repository, type StateDirectory } from "./paths";
import { attempt, CommandFailed, handOver, type Result, type RunOptions, run } from "./process";
import { Problem } from "./progress";
import { sleep } from "./sleep";
import type { PluginEnvironment } from "./steps/plugins";
import type { PulumiCli } from "./steps/pulumi-cli";

/** A resource as Pulumi's state has it. */
export interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly outputs?: Record<string, unknown>;
}

/** Commands of Pulumi that read or write the stack's configuration and therefore must be told where it is. */
const readConfiguration = new Set(["up", "update", "preview", "refresh", "destroy", "config", "watch", "import"]);

/** What a command says that needs a stack which is there. */
export const nothingUp = (): Problem => new Problem("Nothing is up here. Run `make up` first.");

export class Stack {
  constructor(
    readonly name: string,
    readonly state: StateDirectory,
    private readonly cli: PulumiCli,
    private readonly plugins: PluginEnvironment,
  ) {}

  private get environment(): Record<string, string | undefined> {
    return {
      PULUMI_BACKEND_URL: backendUrl(this.state.backend),
      PULUMI_CONFIG_PASSPHRASE: undefined,
      PULUMI_CONFIG_PASSPHRASE_FILE: this.state.passphrase,
      PULUMI_STACK: this.name,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // tsc has checked the program; without this every command would check it again.
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      DOCKER_HOST: process.env.DOCKER_HOST,
      ...this.plugins,
    };
  }

  private withConfiguration(args: readonly string[]): string[] {
    const named = args.some((arg) => /^(--config-file|--stack|--cwd|-s|-C)(=|$)/.test(arg));
    if (named || !readConfiguration.has(args[0] ?? "")) return [...args];
    return [...args, "--config-file", this.state.stackConfig(this.name)];
  }

  /** Runs a Pulumi command without a person at the keyboard. */
  async pulumi(args: readonly string[], options: RunOptions = {}): Promise<Result> {
    const all = [...this.withConfiguration(args), "--non-interactive", "--color", "never"];
    const result = await attempt(this.cli.path, all, {
      cwd: repository,
      ...options,
      env: { ...this.environment, ...options.env },
    });
    if (result.code === 0) return result;
    const said = result.stderr
      .trim()
      .split("\n")
      .filter((line) => !line.startsWith("warning:"));
    const reason = `ended with ${result.code}: ${said.join(" ")}`;
    throw this.explain(new CommandFailed(`pulumi ${args.slice(0, 2).join(" ")}`, result, reason));
  }

  /** Runs a Pulumi command on the user's terminal. */
  passThrough(args: readonly string[]): Promise<number> {
    const env = Object.fromEntries(
      Object.entries({ ...process.env, ...this.environment }).filter(([, value]) => value !== undefined),
    ) as Record<string, string>;
    return handOver(this.cli.path, this.withConfiguration(args), { cwd: repository, env });
  }

  private explain(error: CommandFailed): Error {
    const said = `${error.result.stdout}\n${error.result.stderr}`;
    if (/incorrect passphrase/i.test(said)) return wrongPassphrase(this.state);
    if (/failed to load checkpoint/i.test(said))
      return new Unreadable(
        `The state in ${relative(process.cwd(), this.state.backend)} cannot be read: ${error.message}; ${startOver}`,
      );
    return error;
  }

  private get project(): string {
    return /^name:\s*(\S+)/m.exec(readFileSync(join(repository, "Pulumi.yaml"), "utf8"))?.[1] ?? "zero-trust-openclaw";
  }

  /** Whether the backend knows the stack. */
  get exists(): boolean {
    const folder = join(this.state.backend, ".pulumi", "stacks", this.project);
    return existsSync(folder) && readdirSync(folder).some((file) => file.startsWith(`${this.name}.json`));
  }

  /** Creates passphrase, configuration and stack where they are missing. */
  async create(): Promise<void> {
    if (!existsSync(this.state.passphrase)) {
      if (this.exists) throw wrongPassphrase(this.state);
      writeFileSync(this.state.passphrase, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" });
    }
    const config = this.state.stackConfig(this.name);
    const committed = join(repository, "stacks", `Pulumi.${this.name}.yaml`);
    if (!existsSync(config)) {
      if (existsSync(committed)) copyFileSync(committed, config);
      else writeFileSync(config, "config: {}\n");
    }
    if (this.exists) return;
    // Creating a stack writes into the project's own configuration file, so it is done in a project that is not the repository.
    writeFileSync(join(this.state.root, "Pulumi.yaml"), `name: ${this.project}\nruntime: nodejs\n`);
    await run(this.cli.path, ["stack", "init", this.name, "--no-select", "--non-interactive"], {
      cwd: this.state.root,
      env: this.environment,
    });
  }

  /** The configuration with the project's defaults; secret values are missing. Parts of an object are under its key and theirs, e.g. `images.envoy`. */
  async configuration(): Promise<Record<string, string | undefined>> {
    if (!this.exists) throw nothingUp();
    const { stdout } = await this.pulumi(["config", "--json"]);
    const values = JSON.parse(stdout) as Record<string, { value?: string; objectValue?: Record<string, string> }>;
    return Object.fromEntries(
      Object.entries(values).flatMap(([full, { value, objectValue }]) => {
        const key = full.replace(`${this.project}:`, "");
        const parts = Object.entries(objectValue ?? {}).map(([part, its]) => [`${key}.${part}`, its]);
        return [[key, value], ...parts];
      }),
    );
  }

  /** The instance that the configuration file names, read without Pulumi, for a state it cannot read. */
  get instanceInFile(): string | undefined {
    const file = this.state.stackConfig(this.name);
    return existsSync(file) ? /^\s*\S+:instance:\s*(\S+)/m.exec(readFileSync(file, "utf8"))?.[1] : undefined;
  }

  /** Sets values by path, e.g. `images.envoy`, where they differ, and returns the whole configuration. */
  async configure(values: Readonly<Record<string, string>>): Promise<Record<string, string | undefined>> {
    const before = await this.configuration();
    const changes = Object.entries(values).filter(([key, value]) => before[key] !== value);
    if (changes.length === 0) return before;
    const pairs = changes.flatMap(([key, value]) => ["--plaintext", `${this.project}:${key}=${value}`]);
    await this.pulumi(["config", "set-all", "--path", ...pairs]);
    return { ...before, ...Object.fromEntries(changes) };
  }

  async resources(): Promise<{ resources: readonly Resource[]; pending: number }> {
    const { stdout } = await this.pulumi(["stack", "export"]);
    const { deployment } = JSON.parse(stdout) as {
      deployment?: { resources?: Resource[]; pending_operations?: unknown[] };
    };
    return { resources: deployment?.resources ?? [], pending: deployment?.pending_operations?.length ?? 0 };
  }

  async outputs(): Promise<Record<string, unknown>> {
    const { stdout } = await this.pulumi(["stack", "output", "--json", "--show-secrets"]);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  /** The state with its secrets in plain text; never to be written anywhere. */
  async exportWithSecrets(): Promise<string> {
    return (await this.pulumi(["stack", "export", "--show-secrets"])).stdout;
  }

  /**
   * Releases the lock of an update that was killed; waits for an update that somebody else runs.
   * @returns true when there was a killed update
   */
  async unlock(say: (activity: string) => void): Promise<boolean> {
    const folder = join(this.state.backend, ".pulumi", "locks", "organization", this.project, this.name);
    const locks = (): string[] =>
      existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".json")) : [];
    if (locks().length === 0) return false;
    const limit = Date.now() + 120_000;
    for (;;) {
      if (locks().length === 0) return true;
      const owner = locks()
        .map((file) => ownerOf(join(folder, file)))
        .find((pid) => pid !== undefined);
      if (owner === undefined) break;
      if (Date.now() > limit)
        throw new Problem(
          `Process ${owner} updates this stack. Wait for it, or end it and run the same command again.`,
        );
      say(`waiting for process ${owner}, which updates this stack`);
      await sleep(1000);
    }
    await this.pulumi(["cancel", "--yes"]);
    return true;
  }

  /** Removes what this class and its helpers made, and the folder itself if nothing else is in it. */
  remove(): void {
    const { root, backend, home, logs, passphrase, trustBundle, perimeter } = this.state;
    const made = [backend, home, logs, passphrase, trustBundle, perimeter, this.state.stackConfig(this.name)];
    for (const path of [...made, join(root, "Pulumi.yaml")]) rmSync(path, { recursive: true, force: true });
    try {
      rmdirSync(root);
    } catch {
      // Somebody keeps other things there.
    }
  }
}

/**
 * Without Pulumi's side files for metadata: they are not written in one step, and an update killed in the middle of one leaves a state that cannot be
 * loaded.
 */
export const backendUrl = (folder: string): string => `file://${folder}?metadata=skip`;

/** The id of the process that holds a lock of Pulumi's, if it lives. The file has no start time, so the process must at least be a Pulumi command. */
function ownerOf(file: string): number | undefined {
  try {
    const lock = JSON.parse(readFileSync(file, "utf8")) as { pid: number; hostname: string };
    if (lock.hostname !== hostname()) return lock.pid;
    if (startOf(lock.pid) === undefined) return undefined;
    return readFileSync(`/proc/${lock.pid}/cmdline`, "utf8").includes("pulumi") ? lock.pid : undefined;
  } catch {
    return undefined;
  }
}

/** The state is there, but of no use. */
export class Unreadable extends Problem {}

const startOver = "start over with `make down` and `make up`.";

const wrongPassphrase = (state: StateDirectory): Unreadable =>
  new Unreadable(
    `The passphrase in ${relative(process.cwd(), state.passphrase)} does not open this stack's state: the file was changed or lost. ` +
      `Put back the one the stack was made with, or ${startOver}`,
  );
