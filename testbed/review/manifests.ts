/** Whether the network policies of a preview let through what its perimeter declares, by the word of netpol-analyzer. */
import type { PodsArgs } from "../../lib";
import type { Entrance, Snapshot } from "../../lib/review";
import type { PlannedResource, Preview } from "../../review/events";
import { permitted } from "../../tests/manifests/analyzer";
import type { Manifest } from "../../tests/support/manifests";
import { declared, matrix, outside } from "../../tests/support/matrix";
import { addresses, without } from "../../tests/support/ranges";

/** One sentence for each connection that is permitted and not declared, or the other way round. */
export async function manifestComplaints(
  { resources }: Pick<Preview, "resources">,
  { perimeter, entrance }: Pick<Snapshot, "perimeter" | "entrance">,
): Promise<string[]> {
  const manifests = resources.flatMap((resource) => manifest(resource) ?? []);
  if (manifests.length === 0) return [];
  const { whence, controller } = cameFrom(entrance);
  const found = matrix(await permitted(manifests, controller));
  const wanted = matrix(declared(perimeter, whence));
  return [
    ...found.filter((line) => !wanted.includes(line)).map((line) => `permitted, but not declared: ${line}`),
    ...wanted.filter((line) => !found.includes(line)).map((line) => `declared, but not permitted: ${line}`),
  ];
}

/** Whence people come, as the analyzer says it, and the pods that alone let them in, if they are named. */
function cameFrom({ from, except, proxy }: Entrance): { whence: string; controller?: PodsArgs } {
  if (proxy === undefined) return { whence: outside(without(addresses(from), addresses(except))) };
  const [, place = "", labels = ""] = /^([^/]*)\/(.*)$/.exec(proxy) ?? [];
  const pairs = labels.split(",").map((label) => label.split("=", 2) as [string, string]);
  return { whence: `${place}/controller`, controller: { namespace: place, labels: Object.fromEntries(pairs) } };
}

/** What is known only after a deployment reads as a text here, and none of it decides who may talk to whom. */
function manifest({ type, name, inputs }: PlannedResource): Manifest | undefined {
  const { apiVersion, kind, metadata } = inputs as Partial<Manifest>;
  if (!type.startsWith("kubernetes:") || apiVersion === undefined || kind === undefined) return undefined;
  return { ...inputs, apiVersion, kind, metadata: { name, ...metadata } };
}
