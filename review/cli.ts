#!/usr/bin/env node
/** `zero-trust-openclaw review`: for the program of a company, what make preview is for ours. */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { diffSnapshots, parseSnapshot, SEVERITIES, type Severity, withFindings } from "../lib/review";
import { visible } from "../lib/review/visible";
import { type Preview, readEvents } from "./events";
import { previewFindings } from "./findings";
import { EXIT, exitCode, FORMATS, type Format, render, type StackReport } from "./report";

const USAGE = `Usage: zero-trust-openclaw review --base FILE --head FILE [--format ${FORMATS.join("|")}] [--output FILE] [--fail-on SEVERITY]

Says what a change lets reach what, and what speaks against it.

  --base     what is deployed: \`pulumi stack output snapshot --json\`; or the events of another preview; or \`none\`
  --head     what would be: what \`PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true pulumi preview --json\` prints; or a snapshot
  --format   text for a terminal, markdown for a comment, json or sarif for programs (default: text)
  --output   a file instead of standard output
  --fail-on  the least severity that speaks against the change: ${SEVERITIES.join(", ")}, or never (default: critical)

Ends with 0 if nothing speaks against it, 1 if the preview had failed, 2 if it was called wrongly or a file cannot be used, 3 if something does.
The events hold what the preview printed; keep them like the state, and put only the report where others read it.
`;

/** The command was called wrongly, or with something that cannot be used. */
class Wrong extends Error {}

/** Returns the exit code. */
function main(argv: readonly string[]): number {
  const [command, ...rest] = argv;
  if (command === undefined || ["help", "--help", "-h"].includes(command)) {
    process.stdout.write(USAGE);
    return command === undefined ? EXIT.wrong : EXIT.good;
  }
  if (command !== "review") throw new Wrong(`there is no command "${command}"; there is review`);
  const { base, head, format, output, worst } = options(rest);
  const report = compare(base, read("--head", head));
  const text = render([report], format);
  if (output === undefined) process.stdout.write(text);
  else writeFileSync(output, text);
  return exitCode([report], worst);
}

function options(args: string[]) {
  const { values } = parse(args);
  const { base, head, format = "text", output } = values;
  const worst = values["fail-on"] ?? "critical";
  if (base === undefined || head === undefined)
    throw new Wrong("--base and --head are needed; --base none for a first deployment");
  if (!FORMATS.includes(format as Format)) throw new Wrong(`--format is ${FORMATS.join(", ")}, and not "${format}"`);
  if (worst !== "never" && !SEVERITIES.includes(worst as Severity))
    throw new Wrong(`--fail-on is ${SEVERITIES.join(", ")} or never, and not "${worst}"`);
  return { base, head, format: format as Format, output, worst: worst as Severity | "never" };
}

function parse(args: string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({ args, options: { base: text, head: text, format: text, output: text, "fail-on": text } });
  } catch (error) {
    throw new Wrong((error as Error).message);
  }
}

interface Side {
  snapshot: unknown;
  /** Undefined for a snapshot that was kept. */
  preview?: Preview;
}

/** A snapshot, or the events of a preview, which begin with their number. */
function read(option: string, file: string): Side {
  const content = usable(option, () => readFileSync(file, "utf8"));
  if (!/^\{"sequence":/.test(content)) return { snapshot: content };
  const preview = usable(option, () => readEvents(content));
  return { snapshot: preview.outputs.snapshot, preview };
}

function compare(base: string, { snapshot, preview }: Side): StackReport {
  const errors = preview?.errors ?? [];
  const how = preview ? "Previewed by Pulumi." : "Read from a snapshot.";
  // A preview that failed has no outputs, and its errors are what is to be said.
  if (snapshot === undefined && errors.length > 0) return { stack: "", how, base, errors };
  const head = usable("--head", () => parseSnapshot(snapshot));
  const { project, stack } = head;
  const before = base === "none" ? undefined : read("--base", base).snapshot;
  const known = base === "none" ? undefined : usable("--base", () => parseSnapshot(before, { project }));
  const review = diffSnapshots(known, head);
  return {
    stack,
    how,
    base: known ? "what is deployed" : "nothing",
    errors,
    review: preview ? withFindings(review, previewFindings(preview)) : review,
  };
}

/** @throws Wrong if what the option names cannot be used */
function usable<T>(option: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw new Wrong(`${option}: ${(error as Error).message}`);
  }
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Wrong)) throw error;
  process.stderr.write(`${visible(error.message)}\n`);
  process.exitCode = EXIT.wrong;
}
