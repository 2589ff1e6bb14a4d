/**
 * Runs a stack's program without the Pulumi engine and without plugins, and writes down what it asks for as the engine would write its events:
 * for stacks whose plugin cannot preview here, and for the program of another commit, of which only the outputs are wanted.
 *
 * Arguments: folder of the project, stack, file of its configuration, file for the events.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type * as Pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

interface Project {
  name: string;
  main?: string;
  config?: Record<string, { default?: unknown }>;
}

const [directory = ".", stack = "", configuration = "", target = ""] = process.argv.slice(2);
const load = createRequire(join(directory, "package.json"));
// The program's own copy: outputs of another one would be strange to it.
const pulumi = load("@pulumi/pulumi") as typeof Pulumi;
const project = parse(readFileSync(join(directory, "Pulumi.yaml"), "utf8")) as Project;
const { config = {} } = (parse(readFileSync(configuration, "utf8")) ?? {}) as { config?: Record<string, unknown> };
const SECRET = "[secret]";

async function main(): Promise<void> {
  const defaults = Object.entries(project.config ?? {}).flatMap(([key, { default: value }]) =>
    value === undefined ? [] : [[key.includes(":") ? key : `${project.name}:${key}`, value] as const],
  );
  const settings = Object.entries({ ...Object.fromEntries(defaults), ...config });
  pulumi.runtime.setAllConfig(Object.fromEntries(settings.map(([key, value]) => [key, asText(value)])));
  const events: object[] = [];
  const note = (event: object) => events.push({ sequence: events.length + 1, ...event });
  let created = 0;
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        created += 1;
        const urn = `urn:pulumi:${stack}::${project.name}::${type}::${name}`;
        note({
          resourcePreEvent: { metadata: { op: "create", urn, type, new: { type, urn, inputs: hidden(inputs) } } },
        });
        return { id: "", state: inputs };
      },
      call: () => ({}),
    },
    project.name,
    stack,
    true,
  );
  const program = load(join(directory, project.main ?? ".")) as unknown;
  const outputs = hidden(await known(typeof program === "function" ? program() : program));
  await pulumi.runtime.disconnect(false);
  const type = "pulumi:pulumi:Stack";
  const urn = `urn:pulumi:${stack}::${project.name}::${type}::${project.name}-${stack}`;
  note({ resOutputsEvent: { metadata: { op: "create", urn, type, new: { type, urn, outputs } } } });
  note({ summaryEvent: { resourceChanges: { create: created }, isPreview: true } });
  writeFileSync(target, `${events.map((event) => JSON.stringify(event)).join("\n")}\n`, { mode: 0o600 });
}

const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** The outputs that are known before anything is made, and are no secret. */
async function known(value: unknown): Promise<unknown> {
  if (pulumi.Output.isInstance(value)) {
    const output = value as Pulumi.Output<unknown>;
    const { isKnown, isSecret } = output as unknown as Record<"isKnown" | "isSecret", Promise<boolean>>;
    if (await isSecret) return SECRET;
    if (!(await isKnown)) return undefined;
    return known(await new Promise((resolve) => output.apply(resolve)));
  }
  if (Array.isArray(value)) return Promise.all(value.map(known));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(async ([key, one]) => [key, await known(one)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** What Pulumi marks as secret is left out, as the engine does. */
function hidden(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hidden);
  if (typeof value !== "object" || value === null) return value;
  if (pulumi.runtime.specialSigKey in value) return SECRET;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, hidden(one)]));
}

main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
});
