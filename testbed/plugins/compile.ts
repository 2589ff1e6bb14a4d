/** Compiles a stand-in: Pulumi starts its plugins anew with each command, and compiling on the way would take half a second each. */
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const SOURCES = __dirname;
/** Where the compiled files find the npm packages, which stay as they are. */
const COMPILED = join(SOURCES, "../../node_modules/.cache/zero-trust-openclaw/stand-ins");

/** Returns the path of the program. Safe to repeat, and while it runs. */
export async function compile(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(SOURCES, name, "main.ts")],
    bundle: true,
    packages: "external",
    platform: "node",
    target: "node20",
    write: false,
  });
  const path = join(COMPILED, `${name}.js`);
  await replaceFile(path, outputFiles[0]?.text ?? "");
  return path;
}

/** Never a half-written file: the engine may start it at any moment. */
export async function replaceFile(path: string, content: string, mode = 0o644): Promise<void> {
  if ((await readFile(path, "utf8").catch(() => undefined)) === content) return;
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, content, { mode });
  await rename(temporary, path);
}
