/** Programs compiled from Go modules that a go.mod of ours pins. */
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { which } from "../apt";
import { cached, demandSpace } from "../cache";
import { Unavailable } from "../choose";
import { fingerprint } from "../images/recipes";
import { repository } from "../paths";
import { run } from "../process";
import { message, type Step } from "../progress";

export interface GoPrograms {
  /** Name in the cache, and of the folder in `testbed` that has go.mod and go.sum. */
  readonly name: string;
  readonly folder: string;
  /** How they are called in what the user reads. */
  readonly title: string;
  /** Import paths of the commands. */
  readonly programs: readonly string[];
  /** GiB that must be free. */
  readonly space: number;
}

/** The folder with the programs; compiled once per version. */
export async function buildGoPrograms(wanted: GoPrograms, step: Step): Promise<string> {
  const module = join(repository, "testbed", wanted.folder);
  const language = /^go (\d+\.\d+)/m.exec(readFileSync(join(module, "go.mod"), "utf8"))?.[1] ?? "";
  const version = `${fingerprint(module).slice(0, 12)}-${process.platform}-${process.arch}`;
  const { folder } = await cached(
    wanted.name,
    version,
    async (result) => {
      if (which("go") === undefined) throw new Unavailable(`Go was not found; install Go ${language} or newer`);
      demandSpace(wanted.space, `Building ${wanted.title}`);
      const source = join(result, "..", "source");
      cpSync(module, source, { recursive: true });
      const flags = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w"];
      const env = { CGO_ENABLED: "0", GOFLAGS: undefined, GOWORK: "off" };
      step.say(`compiling ${wanted.title}`);
      try {
        await run("nice", ["go", "build", ...flags, "-o", `${result}/`, ...wanted.programs], {
          cwd: source,
          log: step.log,
          env,
          timeout: 1_800_000,
        });
      } catch (error) {
        if (/requires go >= /.test(message(error)))
          throw new Unavailable(`Go is too old, ${language} or newer is needed`);
        throw error;
      }
    },
    step,
  );
  return folder;
}
