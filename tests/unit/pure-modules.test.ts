import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const root = join(__dirname, "../..");
const folder = (name: string) => readdirSync(join(root, name)).map((file) => join(name, file));

/** What renders plain values from plain values; types count too, because who reads a type reads its module. */
const PURE = [
  ...folder("lib/perimeter"),
  ...folder("lib/zones"),
  ...folder("lib/envoy"),
  ...folder("lib/envoy/filters"),
  ...folder("lib/review"),
  ...folder("lib/review/compare"),
  ...folder("lib/review/render"),
  ...["config", "model-client-config", "perimeter", "posture", "posture-report"].map(
    (name) => `lib/openclaw/${name}.ts`,
  ),
  ...["clock-skew", "perimeter", "renewer-config", "step-ca-config"].map((name) => `lib/pki/${name}.ts`),
  "lib/egress/egress-config.ts",
  "lib/egress/model.ts",
].filter((file) => file.endsWith(".ts"));

/** Every package that a file imports, itself or through others, with the way there; without types, if only what is loaded counts. */
function packages(file: string, { types }: { types: boolean }, way: string[] = [], seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const here = [...way, relative(root, file)];
  const imported = [...readFileSync(file, "utf8").matchAll(/^(?:import|export)\b([^;]*?)from "([^"]+)";/gms)]
    .filter(([, what]) => types || !onlyTypes(what as string))
    .map(([, , name]) => name as string);
  return imported.flatMap((name) => {
    if (!name.startsWith(".")) return [`${here.join(" → ")} → ${name}`];
    const path = join(dirname(file), name);
    return packages(existsSync(`${path}.ts`) ? `${path}.ts` : join(path, "index.ts"), { types }, here, seen);
  });
}

/** Whether `type * as X`, `type { X }` or `{ type X, type Y }` is all that is imported. */
function onlyTypes(what: string): boolean {
  const names = /^\s*\{(.*)\}\s*$/s.exec(what)?.[1]?.split(",") ?? [what];
  return names.every((name) => /^\s*(type\s|$)/.test(name));
}

/** A digest is a function of its input; Node has the one that is known to be good. */
const DIGEST = /lib\/review\/digest\.ts → node:crypto$/;

test.each(PURE)("%s imports nothing of Pulumi or Node, not even through others", (file) => {
  const found = packages(join(root, file), { types: true });
  expect(found.filter((way) => /→ (@pulumi\/|node:)/.test(way) && !DIGEST.test(way))).toEqual([]);
});

test("loads a platform's library, or the one for YAML, only when it is asked for", () => {
  const found = packages(join(root, "lib/index.ts"), { types: false });
  expect(found.some((way) => / → @pulumi\/tls$/.test(way))).toBe(true);
  expect(found.filter((way) => / → (@pulumi\/(docker|kubernetes)|yaml)$/.test(way))).toEqual([]);
});
