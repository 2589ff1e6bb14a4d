import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

/**
 * Runs the tests on a cluster, one file after the other, and leaves how many passed in the file RESULT_FILE names. The first brings the
 * stack up, each goes on with what the one before left, the last takes it down.
 */
const counts = { passed: 0, failed: 0 };
const files = ["staging.test.ts", "conformance.test.ts", "end.test.ts"].map((name) => join(__dirname, name));

const stream = run({ files, concurrency: 1 });
stream.on("test:pass", (event) => count(event, "passed"));
stream.on("test:fail", (event) => count(event, "failed"));
stream.compose(new spec()).pipe(process.stdout);
stream.on("end", () => {
  if (process.env.RESULT_FILE) writeFileSync(process.env.RESULT_FILE, JSON.stringify(counts));
  process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
});

/** A suite fails when a test in it fails, which is counted already; on its own account only when a hook did. */
function count({ details }: { details: { type?: string; error?: Error } }, key: keyof typeof counts): void {
  const { failureType } = (details.error ?? {}) as { failureType?: string };
  if (details.type === "suite" && failureType !== "hookFailed") return;
  counts[key] += 1;
}
