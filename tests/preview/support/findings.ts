import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readEvents } from "../../../review/events";
import { policyFlags } from "../../../testbed/policy-pack";
import type { Result } from "../../../testbed/process";
import type { Project } from "./project";

/** What the policy pack says of a resource, by the resource's name. */
export interface Finding {
  level: string;
  rule: string;
  resource: string;
  message: string;
}

export interface Policed extends Result {
  findings: Finding[];
  errors: string[];
}

/** Previews a program with the policy pack. */
export async function policed(project: Project, config: object = {}, pack?: string): Promise<Policed> {
  const file = join(project.state.root, "policies.json");
  writeFileSync(file, JSON.stringify(config));
  const streaming = { PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" };
  const result = await project.pulumi(["preview", "--json", ...policyFlags({ config: file, pack })], streaming);
  const { violations, errors } = readEvents(result.stdout);
  const findings = violations
    .map(({ level, policy: rule, resource, message }) => ({
      ...{ level, rule, message },
      resource: resource.split("::").at(-1) ?? resource,
    }))
    .sort((one, other) => (line(one) < line(other) ? -1 : 1));
  return { ...result, findings, errors };
}

export const line = ({ level, rule, resource, message }: Finding): string => `${level} ${rule} ${resource}: ${message}`;
