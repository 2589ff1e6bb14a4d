import { failures, runCases, table } from "../../tests/conformance/case";
import { dockerCases, kubernetesCases } from "../../tests/conformance/cases";
import { Context } from "../../tests/conformance/context";
import { dockerDeployment, kubernetesDeployment } from "../../tests/conformance/deployment";
import { type Bite, weaken } from "../../tests/conformance/weaken";
import { ensureCluster } from "../cluster";
import { forward } from "../cluster/forward";
import { Problem, Progress } from "../progress";
import { ensureEngine } from "../steps/engine";
import { type Options, pulumiSteps, readOutputs } from "./context";
import { prefixOf } from "./staging";

export interface Selection {
  /** Attacks whose id matches; all if not given. */
  only?: string;
  /** Lines of defence to take away for a moment, by name; none if not given. */
  weaken?: string;
}

/** Attacks the running stack and prints what came of it. Returns the exit code. */
export async function conformance(options: Options, { only, weaken: taken }: Selection): Promise<number> {
  const { state, out } = options;
  state.make();
  const progress = new Progress(3, state.logs, out, true);
  const stack = await pulumiSteps(progress, options);
  const outputs = await readOutputs(stack);
  const { docker } = await progress.step("Docker engine", ensureEngine);
  const exported = await stack.exportWithSecrets();
  const laptop = stack.name === "laptop";
  if (!laptop && taken !== undefined)
    throw new Problem("What each defence is worth is tried on the laptop stack: `make conformance WEAKEN=.`");
  const cluster = laptop ? undefined : await progress.step("Cluster", ensureCluster);
  const deployment = cluster
    ? await kubernetesDeployment(cluster, docker, await prefixOf(stack), outputs, exported)
    : await dockerDeployment((await stack.configuration()).instance ?? stack.name, outputs, exported);
  const way = cluster?.own ? await forward(Number(new URL(outputs.url).port), cluster.nodeAddress) : undefined;
  const context = new Context(deployment);
  try {
    const cases = (cluster ? kubernetesCases : dockerCases).filter(({ id }) => pattern(only ?? ".").test(id));
    if (cases.length === 0) throw new Problem(`No attack's id matches "${only}".`);
    const outcomes = await runCases(cases, context);
    for (const line of table(outcomes)) progress.line(line);
    const wrong = failures(outcomes);
    for (const line of ["", ...wrong]) progress.line(line);
    progress.line(`${outcomes.length - wrong.length} attacks held off, ${wrong.length} not as expected`);
    if (taken === undefined || wrong.length > 0) return wrong.length === 0 ? 0 : 1;
    let unnoticed = 0;
    for await (const bite of weaken(context, dockerCases, pattern(taken))) {
      progress.line(described(bite));
      if (bite.problem !== undefined) unnoticed += 1;
    }
    return unnoticed === 0 ? 0 : 1;
  } finally {
    await deployment.driver.close();
    await way?.close();
  }
}

const described = ({ defence, through, problem }: Bite): string =>
  problem === undefined
    ? `without "${defence}" gets through: ${through.join(", ")}`
    : `without "${defence}" no attack is known to get through <<< ${problem}`;

function pattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new Problem(
      `"${text}" is not a regular expression. Name attacks as in ONLY='^token' and defences as in WEAKEN=.`,
    );
  }
}
