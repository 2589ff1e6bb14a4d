/** Whether the network policies of a preview let through what its perimeter declares, by the word of netpol-analyzer. */
import type { Snapshot } from "../../lib/review";
import type { PlannedResource, Preview } from "../../review/events";
import { permitted } from "../../tests/manifests/analyzer";
import type { Manifest } from "../../tests/support/manifests";
import { declared, matrix } from "../../tests/support/matrix";

/** One sentence for each connection that is permitted and not declared, or the other way round. */
export async function manifestComplaints({ resources }: Preview, { perimeter }: Snapshot): Promise<string[]> {
  const manifests = resources.flatMap((resource) => manifest(resource) ?? []);
  if (manifests.length === 0) return [];
  const found = matrix(await permitted(manifests));
  const wanted = matrix(declared(perimeter));
  return [
    ...found.filter((line) => !wanted.includes(line)).map((line) => `permitted, but not declared: ${line}`),
    ...wanted.filter((line) => !found.includes(line)).map((line) => `declared, but not permitted: ${line}`),
  ];
}

/** What is known only after a deployment reads as a text here, and none of it decides who may talk to whom. */
function manifest({ type, name, inputs }: PlannedResource): Manifest | undefined {
  const { apiVersion, kind, metadata } = inputs as Partial<Manifest>;
  if (!type.startsWith("kubernetes:") || apiVersion === undefined || kind === undefined) return undefined;
  return { ...inputs, apiVersion, kind, metadata: { name, ...metadata } };
}
