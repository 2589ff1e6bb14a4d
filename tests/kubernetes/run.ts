import { join } from "node:path";
import { runFiles } from "../support/run-files";

/** The tests on a cluster: the first brings the stack up, each goes on with what the one before left, the last takes it down. */
runFiles(
  ["staging.test.ts", "conformance.test.ts", "guards.test.ts", "end.test.ts"].map((name) => join(__dirname, name)),
);
