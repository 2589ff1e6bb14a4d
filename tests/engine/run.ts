import { join } from "node:path";
import { runFiles } from "../support/run-files";
import { removeLeftovers } from "./support/docker";

/**
 * The tests on real engines. Each goes on with the deployment of the one before; the last but one takes it down, so that the last begins
 * with nothing. The first begins with nothing too, whatever a run that was killed has left.
 */
const files = ["openclaw.test.ts", "conformance.test.ts", "rotation.test.ts", "login.test.ts", "laptop.test.ts"];

removeLeftovers().then(() => runFiles(files.map((name) => join(__dirname, name))));
