import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

/** Runs the tests on real engines, one file after the other, and leaves how many passed in the file RESULT_FILE names. */
const counts = { passed: 0, failed: 0 };
const files = ["laptop.test.ts"].map((name) => join(__dirname, name));

const stream = run({ files, concurrency: 1 });
stream.on("test:pass", (event) => count(event, "passed"));
stream.on("test:fail", (event) => count(event, "failed"));
stream.compose(new spec()).pipe(process.stdout);
stream.on("end", () => {
  if (process.env.RESULT_FILE) writeFileSync(process.env.RESULT_FILE, JSON.stringify(counts));
  process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
});

/** Suites and files are not counted, but a failed hook is reported on them alone. */
function count(
  event: { details: { type?: string; error?: unknown }; nesting: number },
  key: keyof typeof counts,
): void {
  if (event.details.type === "suite" && key === "passed") return;
  counts[key] += 1;
}
