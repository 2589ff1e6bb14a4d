import { writeFileSync } from "node:fs";
import { run } from "node:test";
import { spec } from "node:test/reporters";

/** Runs files of tests, one after the other, and leaves how many passed in the file RESULT_FILE names. */
export function runFiles(files: string[]): void {
  const counts = { passed: 0, failed: 0 };
  const stream = run({ files, concurrency: 1 });
  stream.on("test:pass", (event) => count(counts, event, "passed"));
  stream.on("test:fail", (event) => count(counts, event, "failed"));
  stream.compose(new spec()).pipe(process.stdout);
  stream.on("end", () => {
    if (process.env.RESULT_FILE) writeFileSync(process.env.RESULT_FILE, JSON.stringify(counts));
    process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
  });
}

interface Counts {
  passed: number;
  failed: number;
}

/** A suite fails when a test in it fails, which is counted already; on its own account only when a hook did. */
function count(counts: Counts, { details }: { details: { type?: string; error?: Error } }, key: keyof Counts): void {
  const { failureType } = (details.error ?? {}) as { failureType?: string };
  if (details.type === "suite" && failureType !== "hookFailed") return;
  counts[key] += 1;
}
