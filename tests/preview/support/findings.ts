import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../../../testbed/paths";
import type { Result } from "../../../testbed/process";
import type { Project } from "./project";

/** What the policy pack says of a resource. */
export interface Finding {
  level: string;
  rule: string;
  resource: string;
  message: string;
}

export interface Policed extends Result {
  findings: Finding[];
}

const PACK = join(repository, "policies");

/** Previews a program with the policy pack. Findings are in the engine's log of events, and nowhere else in a form for machines. */
export async function policed(
  project: Project,
  config: object = {},
  { pack = PACK }: { pack?: string } = {},
): Promise<Policed> {
  const [settings, events] = ["policies.json", "events.json"].map((name) => join(project.state.root, name)) as [
    string,
    string,
  ];
  writeFileSync(settings, JSON.stringify(config));
  rmSync(events, { force: true });
  const result = await project.pulumi(
    ["preview", "--policy-pack", pack, "--policy-pack-config", settings, "--event-log", events],
    { PULUMI_DEBUG_COMMANDS: "true" },
  );
  return { ...result, findings: existsSync(events) ? read(events) : [] };
}

interface PolicyEvent {
  enforcementLevel: string;
  policyName: string;
  resourceUrn: string;
  message: string;
}

function read(events: string): Finding[] {
  const lines = readFileSync(events, "utf8").split("\n").filter(Boolean);
  return lines
    .flatMap((line) => (JSON.parse(line) as { policyEvent?: PolicyEvent }).policyEvent ?? [])
    .map(({ enforcementLevel, policyName, resourceUrn, message }) => ({
      level: enforcementLevel,
      rule: policyName,
      resource: resourceUrn.split("::").at(-1) ?? resourceUrn,
      // The first line is the rule's own description.
      message: message.trimEnd().split("\n").slice(1).join(" "),
    }))
    .sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}
