import { join } from "node:path";
import { runFiles } from "../support/run-files";

/**
 * The tests on a cluster: `staging` brings the stack up, each goes on with what the one before left, `end` takes it down. `rendered` needs
 * no stack, `parts` and `adopt` have their own.
 */
runFiles(
  ["rendered", "staging", "conformance", "rotation", "guards", "parts", "adopt", "end"].map((name) =>
    join(__dirname, `${name}.test.ts`),
  ),
);
