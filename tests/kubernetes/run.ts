import { join } from "node:path";
import { runFiles } from "../support/run-files";

/**
 * The tests on a cluster: `staging` brings the stack up, each goes on with what the one before left, `end` takes it down. `rendered` needs
 * no stack, and `parts` has one of its own.
 */
runFiles(
  ["rendered.test.ts", "staging.test.ts", "conformance.test.ts", "parts.test.ts", "end.test.ts"].map((name) =>
    join(__dirname, name),
  ),
);
