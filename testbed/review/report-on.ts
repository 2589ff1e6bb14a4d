import { diffSnapshots, parseSnapshot, type Snapshot, SnapshotError, withFindings } from "../../lib/review";
import type { Preview } from "../../review/events";
import { previewFindings } from "../../review/findings";
import type { StackReport } from "../../review/report";
import { repository } from "../paths";
import { violationsOf } from "../policy-pack";
import { Problem } from "../progress";
import type { Base } from "./base";
import { manifestComplaints } from "./manifests";
import { byEngine, byPlan, projectName, type StackName, type Tools } from "./stacks";

/** There is something to compare with, but of no use. */
export class WrongBase extends Problem {}

/** What a stack is compared with. */
export interface Before {
  title: string;
  snapshot?: Snapshot;
}

/** @throws WrongBase for a snapshot that is of no use */
export async function before(stack: StackName, { title, snapshotOf }: Base): Promise<Before> {
  const snapshot = await snapshotOf(stack);
  if (snapshot === undefined) return { title: `nothing, for ${title} has no snapshot of this stack` };
  try {
    return { title, snapshot: parseSnapshot(snapshot, { project: projectName(repository), stack }) };
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    throw new WrongBase(`The base of ${stack}, ${title}, cannot be used: ${error.message}.`);
  }
}

/** All there is to say of one of the repository's stacks. */
export async function reportOn(
  stack: StackName,
  base: Before,
  { tools, docker }: { tools: Tools; docker: boolean },
): Promise<StackReport> {
  const { how, preview } = await learn(stack, tools, docker);
  const { errors, outputs } = preview;
  const about = { stack, how, base: base.title };
  if (outputs.snapshot === undefined)
    return { ...about, errors: errors.length > 0 ? errors : ["the program puts out no snapshot"] };
  const head = parseSnapshot(outputs.snapshot);
  const complaints = await manifestComplaints(preview, head);
  const review = withFindings(diffSnapshots(base.snapshot, head), previewFindings(preview, complaints));
  return { ...about, errors, review };
}

const WITHOUT_CLUSTER =
  "Previewed by Pulumi's engine without a cluster, so what an API server would refuse was not seen.";
const PLANNED =
  "No Docker engine answers, and its plugin previews nothing without one: read from what the program asks for, and policies were asked without an engine.";

async function learn(stack: StackName, tools: Tools, docker: boolean): Promise<{ how: string; preview: Preview }> {
  if (stack === "laptop" && !docker) {
    const preview = await byPlan(stack, repository, tools.work);
    return { how: PLANNED, preview: { ...preview, violations: violationsOf(stack, preview.resources) } };
  }
  const how = stack === "laptop" ? "Previewed by Pulumi's engine and a Docker engine." : WITHOUT_CLUSTER;
  return { how, preview: await byEngine(stack, tools) };
}
