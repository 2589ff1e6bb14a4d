/** What the engine and its policies say of a preview, as findings beside those of the perimeter. */
import { type Finding, reviewFinding } from "../lib/review";
import type { Preview } from "./events";

/** Where manifests and perimeter disagree is said by who has read them. */
export function previewFindings({ violations, removed }: Preview, complaints: readonly string[] = []): Finding[] {
  return [
    ...violations.map(({ policy, level, resource, message }) =>
      reviewFinding(
        level === "mandatory" ? "policy-forbids" : "policy-advises",
        `${policy}: ${nameOf(resource)}`,
        [],
        [message],
      ),
    ),
    ...removed.map((urn) => reviewFinding("resource-removed", nameOf(urn), [urn])),
    ...complaints.map((complaint) => reviewFinding("manifests-differ", complaint)),
  ];
}

/** Type and name of a resource, as people know it. */
function nameOf(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return name === "" ? urn : `${types.split("$").at(-1)} ${name}`;
}
