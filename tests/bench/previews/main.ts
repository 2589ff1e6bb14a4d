/** What previews cost: `npm run bench:previews`. */
import { join } from "node:path";
import { repository } from "../../../testbed/paths";
import { Progress } from "../../../testbed/progress";
import { asText } from "../table";
import { measurePreviews } from "./previews";

measurePreviews(new Progress(4, join(repository, ".state", "log"))).then(
  (tables) => process.stdout.write(`${tables.flatMap(asText).join("\n")}\n`),
  (error) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  },
);
