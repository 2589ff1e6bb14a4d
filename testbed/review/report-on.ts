import { diffSnapshots, parseSnapshot, SnapshotError, withFindings } from "../../lib/review";
import type { Preview } from "../../review/events";
import { previewFindings } from "../../review/findings";
import type { StackReport } from "../../review/report";
import { repository } from "../paths";
import { Problem } from "../progress";
import type { Base } from "./base";
import { manifestComplaints } from "./manifests";
import { byEngine, byPlan, type StackName, type Tools } from "./stacks";

/** What reports are made with. */
export interface Site {
  tools: Tools;
  base: Base;
  /** Whether a Docker engine answers: the plugin for it previews nothing without one. */
  docker: boolean;
}

/** All there is to say of one of the repository's stacks. */
export async function reportOn(stack: StackName, { tools, base, docker }: Site): Promise<StackReport> {
  const { how, preview } = await learn(stack, tools, docker);
  const { errors, outputs } = preview;
  if (outputs.snapshot === undefined) {
    const none = errors.length > 0 ? errors : ["the program puts out no snapshot"];
    return { stack, how, base: base.title, errors: none };
  }
  const head = parseSnapshot(outputs.snapshot);
  const { snapshot, title } = await before(stack, base);
  const known = snapshot === undefined ? undefined : parseBase(snapshot, head.project, title);
  const complaints = await manifestComplaints(preview, head);
  const review = withFindings(diffSnapshots(known, head), previewFindings(preview, complaints));
  return { stack, how, base: title, errors, review };
}

const WITHOUT_CLUSTER =
  "Previewed by Pulumi's engine without a cluster, so what an API server would refuse was not seen.";
const PLANNED =
  "No Docker engine answers, and its plugin previews nothing without one: read from what the program asks for, and policies were not asked.";

async function learn(stack: StackName, tools: Tools, docker: boolean): Promise<{ how: string; preview: Preview }> {
  if (stack === "laptop" && !docker) return { how: PLANNED, preview: await byPlan(stack, repository, tools.work) };
  const how = stack === "laptop" ? "Previewed by Pulumi's engine and a Docker engine." : WITHOUT_CLUSTER;
  return { how, preview: await byEngine(stack, tools) };
}

async function before(stack: StackName, { title, snapshotOf }: Base): Promise<{ snapshot?: unknown; title: string }> {
  const snapshot = await snapshotOf(stack);
  return snapshot === undefined
    ? { title: `nothing, for ${title} has no snapshot of this stack` }
    : { snapshot, title };
}

function parseBase(snapshot: unknown, project: string, title: string) {
  try {
    return parseSnapshot(snapshot, { project });
  } catch (error) {
    if (error instanceof SnapshotError) throw new Problem(`The base, ${title}, cannot be used: ${error.message}.`);
    throw error;
  }
}
