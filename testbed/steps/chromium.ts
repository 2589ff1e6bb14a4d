/** A browser for the tests: the machine's own, else Debian's. */
import { aptInstall, which } from "../apt";
import { choose, explain, Unavailable } from "../choose";
import { Problem, type Step } from "../progress";

const commands = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** The path of the browser's program. */
export async function ensureChromium(step: Step): Promise<{ value: string; chose: string }> {
  const find = (): string | undefined => commands.map(which).find((path) => path !== undefined);
  const choice = await choose<string>("Chromium", [
    {
      name: "the machine's own",
      attempt: async () => {
        const path = find();
        if (path === undefined) throw new Unavailable("none on PATH");
        return path;
      },
    },
    {
      name: "Debian's package",
      attempt: async () => {
        await aptInstall(["chromium", "fonts-liberation"], step.log, step.say);
        const path = find();
        if (path === undefined) throw new Unavailable("the package brought no browser");
        return path;
      },
    },
  ]).catch((error) => {
    throw new Problem(`${error.message}\nInstall Chromium or Chrome and run the same command again.`);
  });
  return { value: choice.value, chose: `${explain(choice)}: ${choice.value}` };
}
