import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { autonamed, type Recorded, record } from "../unit/support/mocks";

/** A Kubernetes object as the API server would see it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  spec?: unknown;
}

/** Stands where a secret was. */
const SECRET = "a secret";

/** What a program makes of Kubernetes objects, without its secrets. */
export async function manifests(program: () => unknown): Promise<Manifest[]> {
  return (await record(program)).filter(({ inputs }) => "apiVersion" in inputs && "kind" in inputs).map(manifest);
}

function manifest({ name, inputs, secrets }: Recorded): Manifest {
  const { metadata, ...rest } = inputs as unknown as Omit<Manifest, "metadata"> & { metadata?: object };
  const whole: Record<string, unknown> = { ...rest, metadata: { name: autonamed(name), ...metadata } };
  // Engines keep secrets by whole properties.
  for (const path of secrets) {
    const property = /^[^.[]+/.exec(path)?.[0] ?? path;
    const content = whole[property];
    whole[property] =
      typeof content === "object" && content !== null
        ? Object.fromEntries(Object.keys(content).map((key) => [key, SECRET]))
        : SECRET;
  }
  return whole as unknown as Manifest;
}

/** Runs `body` with a folder that has one file per object, which is gone afterwards. */
export async function inFolder<T>(objects: readonly Manifest[], body: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "manifests-"));
  try {
    for (const [i, object] of objects.entries())
      writeFileSync(join(folder, `${i}-${object.kind}-${object.metadata.name}.yaml`), stringify(object));
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
