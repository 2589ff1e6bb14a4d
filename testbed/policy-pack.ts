/** The policy pack in a preview: how the engine is told of it, and what it then says. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./paths";

/** What a policy says of a resource. */
export interface Finding {
  /** `mandatory` or `advisory`. */
  readonly level: string;
  readonly rule: string;
  readonly urn: string;
  readonly message: string;
}

const PACK = join(repository, "policies");

/** Where the committed configuration of a stack's policies is. */
export const policyConfig = (stack: string): string => join(PACK, "config", `${stack}.json`);

/** Flags of `pulumi preview` by which the pack is asked, and what it says is written down for {@link readFindings}. */
export function policyFlags(files: { config: string; events: string; pack?: string }): string[] {
  const { config, events, pack = PACK } = files;
  return ["--policy-pack", pack, "--policy-pack-config", config, "--event-log", events];
}

/** The engine has the flag for its log of events with this only. */
export const POLICY_ENVIRONMENT = { PULUMI_DEBUG_COMMANDS: "true" };

interface PolicyEvent {
  enforcementLevel: string;
  policyName: string;
  resourceUrn: string;
  message: string;
}

/** Reads findings from the engine's log of events, and nowhere else are they in a form for machines; none if there is no log. */
export function readFindings(events: string): Finding[] {
  if (!existsSync(events)) return [];
  const lines = readFileSync(events, "utf8").split("\n").filter(Boolean);
  return lines
    .flatMap((line) => (JSON.parse(line) as { policyEvent?: PolicyEvent }).policyEvent ?? [])
    .map(({ enforcementLevel, policyName, resourceUrn, message }) => ({
      level: enforcementLevel,
      rule: policyName,
      urn: resourceUrn,
      // The first line is the rule's own description.
      message: message.trimEnd().split("\n").slice(1).join(" "),
    }));
}
