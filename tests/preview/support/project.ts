import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { StateDirectory } from "../../../testbed/paths";
import { attempt, type Result, run } from "../../../testbed/process";
import { Progress } from "../../../testbed/progress";
import { backendUrl } from "../../../testbed/stack";
import { ensurePlugins } from "../../../testbed/steps/plugins";
import { ensurePulumi } from "../../../testbed/steps/pulumi-cli";
import { WITHOUT_TRACES } from "../../support/without-traces";

/** Commands that read the stack's configuration. */
const CONFIGURED = new Set(["up", "preview", "refresh", "destroy", "config", "import"]);

/** A Pulumi program in a folder of this repository, with a stack and a state that end with the test. */
export class Project {
  private constructor(
    readonly directory: string,
    readonly state: StateDirectory,
    private readonly stack: string,
    private readonly cli: string,
    private readonly environment: Record<string, string>,
  ) {}

  /** @param directory - has a Pulumi.yaml */
  static async open(directory: string, stack = "test"): Promise<Project> {
    const state = new StateDirectory(mkdtempSync(join(tmpdir(), "zero-trust-openclaw-preview-")));
    state.make();
    writeFileSync(state.passphrase, randomBytes(32).toString("base64url"), { mode: 0o600 });
    const progress = new Progress(2, state.logs, process.stderr, true);
    const cli = await progress.step("Pulumi CLI", ensurePulumi);
    const plugins = await progress.step("Pulumi plugins", (step) => ensurePlugins(cli, state, step));
    const project = new Project(directory, state, stack, cli.path, {
      PULUMI_BACKEND_URL: backendUrl(state.backend),
      PULUMI_CONFIG_PASSPHRASE_FILE: state.passphrase,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      PULUMI_STACK: stack,
      ...WITHOUT_TRACES,
      // No program may find a cluster by chance.
      KUBECONFIG: join(state.root, "no-kubeconfig"),
      ...plugins,
    });
    // Making a stack writes into the project's own folder, so it is done in another of the same name.
    const { name } = parse(readFileSync(join(directory, "Pulumi.yaml"), "utf8")) as { name: string };
    writeFileSync(join(state.root, "Pulumi.yaml"), `name: ${name}\nruntime: nodejs\n`);
    await run(cli.path, ["stack", "init", stack, "--no-select", "--non-interactive"], {
      cwd: state.root,
      env: project.environment,
    });
    return project;
  }

  private get configuration(): string {
    return this.state.stackConfig(this.stack);
  }

  /** Runs a command of Pulumi; what it ends with is an answer. */
  pulumi(args: readonly string[], env: Record<string, string> = {}): Promise<Result> {
    const configured = CONFIGURED.has(args[0] ?? "") ? ["--config-file", this.configuration] : [];
    const all = [...args, ...configured, "--non-interactive", "--color", "never"];
    return attempt(this.cli, all, { cwd: this.directory, env: { ...this.environment, ...env } });
  }

  /** Runs a command of Pulumi that must go well. */
  async must(args: readonly string[], env: Record<string, string> = {}): Promise<Result> {
    const result = await this.pulumi(args, env);
    if (result.code !== 0) throw new Error(`pulumi ${args.join(" ")}: ${result.stdout}\n${result.stderr}`);
    return result;
  }

  /** Removes the state, not what a program has deployed. */
  remove(): void {
    rmSync(this.state.root, { recursive: true, force: true });
  }
}
