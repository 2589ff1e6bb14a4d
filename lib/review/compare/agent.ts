import { type AgentPosture, ExecPosture, FilesPosture } from "../../openclaw/posture";
import { finding } from "../findings";
import type { RuleId } from "../rules";
import type { Finding } from "../types";

/** From closed to open, and what opening it is called. */
const RESPECTS: { [Key in keyof AgentPosture]: { postures: readonly string[]; opened: RuleId } } = {
  exec: { postures: Object.values(ExecPosture), opened: "agent-exec-opened" },
  files: { postures: Object.values(FilesPosture), opened: "agent-files-opened" },
};

/** What the agent may do besides talking. */
export function compareAgents(before: AgentPosture, after: AgentPosture): Finding[] {
  return (Object.keys(RESPECTS) as (keyof AgentPosture)[]).flatMap((key) => {
    const [was, is] = [before[key], after[key]];
    if (was === is) return [];
    const { postures, opened } = RESPECTS[key];
    const rule = postures.indexOf(is) > postures.indexOf(was) ? opened : "agent-closed";
    return [finding(rule, `agent.${key}`, [was], [is])];
  });
}
