/** The checker of GitHub workflows, compiled from its Go module: of the machine's own nobody knows what it looks for. */
import { join } from "node:path";
import { Problem, type Step } from "../progress";
import { buildGoPrograms } from "./go-programs";

const wanted = {
  name: "actionlint",
  folder: "actionlint",
  title: "actionlint",
  programs: ["github.com/rhysd/actionlint/cmd/actionlint"],
  space: 1,
};

/** The path of the program. */
export async function ensureActionlint(step: Step): Promise<{ value: string; chose: string }> {
  const folder = await buildGoPrograms(wanted, step).catch((error) => {
    throw error instanceof Problem ? error : new Problem(`actionlint: ${error.message}`);
  });
  return { value: join(folder, "actionlint"), chose: "built from its Go module" };
}
