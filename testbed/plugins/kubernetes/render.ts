/** Objects as YAML files instead of in a cluster, where `renderYamlToDirectory` asks for them. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type KubeObject, nameOf, namespaceOf, textAt } from "./objects";

export async function renderYaml(object: KubeObject, directory: string): Promise<void> {
  const { stringify } = await import("yaml");
  // Definitions come first when the directory is applied; there are none here, but readers look for both folders.
  for (const folder of ["0-crd", "1-manifest"]) {
    await mkdir(join(directory, folder), { recursive: true, mode: 0o700 });
  }
  // Kubernetes reads YAML 1.1, where a bare `on` is a truth value.
  const text = stringify(object, { version: "1.1", sortMapEntries: true, lineWidth: 0, indentSeq: false });
  await writeFile(renderPath(object, directory), text, { mode: 0o600 });
}

export async function removeYaml(object: KubeObject, directory: string): Promise<void> {
  await rm(renderPath(object, directory), { force: true });
}

export function renderPath(object: KubeObject, directory: string): string {
  const apiVersion = textAt(object, "apiVersion").replaceAll(/[/:]/g, "_");
  const parts = [
    apiVersion,
    textAt(object, "kind").toLowerCase(),
    namespaceOf(object) || "default",
    `${nameOf(object)}.yaml`,
  ];
  return join(directory, "1-manifest", parts.join("-"));
}
