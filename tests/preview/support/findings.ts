import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { POLICY_ENVIRONMENT, policyFlags, readFindings } from "../../../testbed/policy-pack";
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
}

/** Previews a program with the policy pack. */
export async function policed(project: Project, config: object = {}, pack?: string): Promise<Policed> {
  const file = (name: string) => join(project.state.root, name);
  const files = { config: file("policies.json"), events: file("events.json"), pack };
  writeFileSync(files.config, JSON.stringify(config));
  rmSync(files.events, { force: true });
  const result = await project.pulumi(["preview", ...policyFlags(files)], POLICY_ENVIRONMENT);
  const findings = readFindings(files.events)
    .map(({ urn, ...said }) => ({ ...said, resource: urn.split("::").at(-1) ?? urn }))
    .sort((one, other) => (line(one) < line(other) ? -1 : 1));
  return { ...result, findings };
}

export const line = ({ level, rule, resource, message }: Finding): string => `${level} ${rule} ${resource}: ${message}`;
