/** Pulumi's provider plugins and its Node.js language host: the official ones where they can be downloaded, else the stand-ins of this repository. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { choose, explain, Unavailable } from "../choose";
import { repository, type StateDirectory } from "../paths";
import { installLanguageHost, installStandIns } from "../plugins/install";
import { run } from "../process";
import type { Step } from "../progress";
import { outOfReach } from "../reach";
import { downloads, type PulumiCli } from "./pulumi-cli";

const names = ["docker", "kubernetes", "random", "tls"];

/** Environment variables that make the Pulumi command use what was found. */
export type PluginEnvironment = Readonly<Record<string, string>>;

export async function ensurePlugins(
  cli: PulumiCli,
  state: StateDirectory,
  step: Step,
): Promise<{ value: PluginEnvironment; chose: string }> {
  const choice = await choose<PluginEnvironment>("Pulumi plugins", [
    { name: "official plugins", attempt: () => official(cli, step) },
    { name: "this repository's stand-ins", attempt: () => standIns(state) },
  ]);
  return { value: choice.value, chose: explain(choice) };
}

/** The version of a plugin is that of the npm package the program uses. */
function versionOf(name: string): string {
  const file = join(repository, "node_modules", "@pulumi", name, "package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

async function official(cli: PulumiCli, step: Step): Promise<PluginEnvironment> {
  const path = `${join(cli.path, "..")}:${process.env.PATH}`;
  const env = { PULUMI_SKIP_UPDATE_CHECK: "true", PATH: path };
  if (!cli.official) throw new Unavailable("this Pulumi CLI has no language host beside it");
  const { stdout } = await run(cli.path, ["plugin", "ls", "--json"], { env, timeout: 20_000 });
  const here = new Set(
    (JSON.parse(stdout) as { name: string; version?: string }[]).map((p) => `${p.name} ${p.version}`),
  );
  const missing = names.filter((name) => !here.has(`${name} ${versionOf(name)}`));
  if (missing.length > 0) {
    const why = await outOfReach(downloads);
    if (why !== undefined) throw new Unavailable(why);
  }
  for (const name of missing) {
    step.say(`downloading the plugin ${name}`);
    await run(cli.path, ["plugin", "install", "resource", name, `v${versionOf(name)}`], {
      env,
      log: step.log,
      timeout: 300_000,
    });
  }
  return { PATH: path };
}

async function standIns(state: StateDirectory): Promise<PluginEnvironment> {
  await installStandIns(state.home);
  const hosts = join(state.home, "language-hosts");
  await installLanguageHost(hosts);
  return {
    PULUMI_HOME: state.home,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PATH: `${hosts}:${process.env.PATH}`,
  };
}
