import { readdirSync } from "node:fs";
import { join } from "node:path";
import { runFiles } from "../support/run-files";

/** The tests of what Pulumi says of programs before anything is deployed: the real engine, no cluster and no Docker. */
runFiles(
  readdirSync(__dirname)
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join(__dirname, name)),
);
