import { ADMINISTRATOR, type RevocationAction, revocationCommand, type Selector } from "../../lib/access/revocation";
import { attempt, run } from "../process";
import { message, Problem, Progress } from "../progress";
import { ensureEngine } from "../steps/engine";
import { type Options, pulumiSteps } from "./context";

/** Shuts somebody out of the running stack, lets them in again, or lists who is out and who is connected. Returns the exit code. */
export async function revoke(options: Options, action: RevocationAction, selector: Selector): Promise<number> {
  const { state, out } = options;
  const command = checked(action, selector);
  state.make();
  const progress = new Progress(3, state.logs, out, true);
  const stack = await pulumiSteps(progress, options);
  const { instance = stack.name } = await stack.configuration();
  await progress.step("Docker engine", ensureEngine);
  const containers = await administrators(instance);
  if (containers.length === 0) throw new Problem("The stack is not up; there is nobody to shut out. Run: make up");
  for (const container of containers) {
    const { code, stdout, stderr } = await attempt("docker", ["exec", container, ...command]);
    if (code !== 0) throw new Problem((stderr || stdout).trim());
    progress.line(stdout.trim());
  }
  return 0;
}

function checked(action: RevocationAction, selector: Selector): string[] {
  try {
    return revocationCommand(action, selector);
  } catch (error) {
    throw new Problem(`${message(error)}: USER=alice@example.com, SUBJECT=… or SESSION=…`);
  }
}

async function administrators(instance: string): Promise<string[]> {
  const labels = { stack: instance, container: ADMINISTRATOR };
  const filters = Object.entries(labels).flatMap(([key, value]) => [
    "--filter",
    `label=zero-trust-openclaw.${key}=${value}`,
  ]);
  const { stdout } = await run("docker", ["ps", "-q", ...filters]);
  return stdout.split("\n").filter(Boolean);
}
