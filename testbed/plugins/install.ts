/** Puts the stand-ins where the Pulumi engine looks for plugins. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { compile, replaceFile } from "./compile";

/** The versions whose behaviour each stand-in imitates. A patch release may differ, a minor release must be looked at first. */
const WRITTEN_FOR: Readonly<Record<string, string>> = {
  docker: "5.2",
  kubernetes: "4.34",
  random: "4.21",
  tls: "5.6",
};

export interface InstalledPlugin {
  readonly name: string;
  readonly version: string;
  /** The executable. */
  readonly path: string;
}

/**
 * Writes one executable per plugin into `<pulumiHome>/plugins`. Safe to repeat, and to run while another run uses the plugins.
 *
 * @param pulumiHome - what PULUMI_HOME will be
 * @throws when an installed SDK is not of the version its stand-in was written for
 */
export async function installStandIns(pulumiHome: string): Promise<InstalledPlugin[]> {
  return Promise.all(Object.keys(WRITTEN_FOR).map((name) => installStandIn(name, pulumiHome)));
}

/** Writes the Node language host into a folder for PATH, which must hold nothing else: what lies beside it would be found too. */
export async function installLanguageHost(directory: string): Promise<void> {
  await replaceFile(join(directory, "pulumi-language-nodejs"), await wrapper("language-nodejs"), 0o755);
}

async function installStandIn(name: string, pulumiHome: string): Promise<InstalledPlugin> {
  const version = await sdkVersion(name);
  assertWrittenFor(name, version);
  const path = join(pulumiHome, "plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`);
  await replaceFile(path, await wrapper(name), 0o755);
  return { name, version, path };
}

/** @throws when the stand-in was written for another version */
export function assertWrittenFor(name: string, version: string): void {
  const expected = WRITTEN_FOR[name];
  if (expected !== undefined && version.startsWith(`${expected}.`)) return;
  throw new Error(
    `@pulumi/${name} is ${version}, but the stand-in was written for ${expected ?? "no version"}. ` +
      `Install @pulumi/${name} ${expected ?? ""}.x, or compare the changes of the plugin with testbed/plugins/${name} and raise the version there.`,
  );
}

async function sdkVersion(name: string): Promise<string> {
  const file = createRequire(__filename).resolve(`@pulumi/${name}/package.json`);
  return (JSON.parse(await readFile(file, "utf8")) as { version: string }).version;
}

/** The engine starts plugins from anywhere, so every path is absolute. */
const wrapper = async (name: string): Promise<string> => `#!/bin/sh\nexec node "${await compile(name)}" "$@"\n`;
