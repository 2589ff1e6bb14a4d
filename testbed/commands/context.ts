/** What all commands share: their options, their state directory, and the steps that find or make the tools. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Outputs, User } from "../after-up";
import { withLock } from "../lock";
import { repository, StateDirectory } from "../paths";
import { Problem, type Progress } from "../progress";
import { nothingUp, Stack } from "../stack";
import { ensurePlugins } from "../steps/plugins";
import { ensurePulumi } from "../steps/pulumi-cli";

export interface Options {
  readonly stack: string;
  readonly state: StateDirectory;
  /** `key=value` settings for the stack. */
  readonly config: readonly string[];
  /** Where progress goes: standard output, unless that carries the command's own result. */
  readonly out: NodeJS.WriteStream;
}

export const defaultState = (stack: string): StateDirectory => new StateDirectory(join(repository, ".state", stack));

/** One command at a time may work on a state directory. */
export function alone<T>(state: StateDirectory, progress: Progress, body: () => Promise<T>): Promise<T> {
  return withLock(`${state.root}.lock`, body, ({ pid }) =>
    progress.line(`waiting for process ${pid}, which works on ${state.root}`),
  );
}

/** The two steps every use of Pulumi needs. */
export async function pulumiSteps(progress: Progress, { stack, state }: Options): Promise<Stack> {
  const cli = await progress.step("Pulumi CLI", ensurePulumi);
  const plugins = await progress.step("Pulumi plugins", (step) => ensurePlugins(cli, state, step));
  return new Stack(stack, state, cli, plugins);
}

/** The stack's outputs in the form that `outputs` prints; writes the two files it names. */
export async function readOutputs(stack: Stack): Promise<Outputs> {
  if (!stack.exists) throw nothingUp();
  const { url, trustBundle, users, perimeter } = await stack.outputs();
  if (typeof url !== "string") throw nothingUp();
  const { state } = stack;
  writeFileSync(state.trustBundle, String(trustBundle ?? ""));
  writeFileSync(state.perimeter, `${JSON.stringify(perimeter ?? {}, null, 2)}\n`);
  return {
    url,
    trustBundle: state.trustBundle,
    users: (users as User[] | undefined) ?? [],
    perimeter: state.perimeter,
  };
}

export function parseConfig(settings: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    settings.map((setting) => {
      const at = setting.indexOf("=");
      if (at < 1) throw new Problem(`--config wants key=value, and got "${setting}".`);
      return [setting.slice(0, at), setting.slice(at + 1)];
    }),
  );
}
