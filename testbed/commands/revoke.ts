import { ADMINISTRATOR, RevocationAction, revocationCommand, type Selector } from "../../lib/access/revocation";
import { WORKLOAD } from "../../verify/kubernetes";
import { reachCluster } from "../cluster";
import { attempt, run } from "../process";
import { message, Problem, Progress } from "../progress";
import { ensureEngine } from "../steps/engine";
import { type Options, pulumiSteps } from "./context";
import { prefixOf } from "./staging";

/** Shuts somebody out of the running stack, lets them in again, or lists who is out and who is connected. Returns the exit code. */
export async function revoke(options: Options, action: RevocationAction, selector: Selector): Promise<number> {
  const { state, out } = options;
  const command = checked(action, selector);
  state.make();
  if (options.stack !== "laptop") return onCluster(options, action, command);
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

/** Guards share what they are told, so that one is told it; what is connected, each knows of itself. */
async function onCluster(options: Options, action: RevocationAction, command: string[]): Promise<number> {
  const progress = new Progress(3, options.state.logs, options.out, true);
  const { kubectl } = await progress.step("Cluster", reachCluster);
  const stack = await pulumiSteps(progress, options);
  const prefix = await prefixOf(stack);
  const labels = `app.kubernetes.io/part-of=${prefix},${WORKLOAD}=guard`;
  const { items } = await kubectl.get<{ items: Guard[] }>(["pods", "--all-namespaces", "--selector", labels]);
  const working = items.filter(({ status }) => status.containerStatuses?.some(isReady));
  const chosen = action === RevocationAction.List ? working : working.slice(0, 1);
  if (chosen.length === 0)
    throw new Problem("No guard is ready; there is nobody to shut out. Run: make up STACK=staging");
  for (const { metadata } of chosen) {
    const where = ["--namespace", metadata.namespace, metadata.name, "--container", ADMINISTRATOR];
    const { code, stdout, stderr } = await kubectl.attempt(["exec", ...where, "--", ...command]);
    if (code !== 0) throw new Problem((stderr || stdout).trim());
    progress.line(action === RevocationAction.List ? `${metadata.name}: ${stdout.trim()}` : stdout.trim());
  }
  return 0;
}

interface Guard {
  metadata: { name: string; namespace: string };
  status: { containerStatuses?: { name: string; ready: boolean }[] };
}

const isReady = ({ name, ready }: { name: string; ready: boolean }) => name === ADMINISTRATOR && ready;

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
