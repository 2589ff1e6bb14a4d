import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { removeLeftovers } from "./support/docker";

/**
 * Runs the tests on real engines, one file after the other, and leaves how many passed in the file RESULT_FILE names. Each goes on
 * with the deployment of the one before; the last but one takes it down, so that the last begins with nothing. The first begins with
 * nothing too, whatever a run that was killed has left.
 */
const counts = { passed: 0, failed: 0 };
const files = ["openclaw.test.ts", "conformance.test.ts", "rotation.test.ts", "login.test.ts", "laptop.test.ts"].map(
  (name) => join(__dirname, name),
);

removeLeftovers().then(() => {
  const stream = run({ files, concurrency: 1 });
  stream.on("test:pass", (event) => count(event, "passed"));
  stream.on("test:fail", (event) => count(event, "failed"));
  stream.compose(new spec()).pipe(process.stdout);
  stream.on("end", () => {
    if (process.env.RESULT_FILE) writeFileSync(process.env.RESULT_FILE, JSON.stringify(counts));
    process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
  });
});

/** A suite fails when a test in it fails, which is counted already; on its own account only when a hook did. */
function count({ details }: { details: { type?: string; error?: Error } }, key: keyof typeof counts): void {
  const { failureType } = (details.error ?? {}) as { failureType?: string };
  if (details.type === "suite" && failureType !== "hookFailed") return;
  counts[key] += 1;
}
