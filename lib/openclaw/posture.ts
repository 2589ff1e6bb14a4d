import { suggest } from "../perimeter";

/** What the agent may do besides talking. Everything left out stays closed. */
export interface AgentArgs {
  /**
   * Shell commands in OpenClaw's container. `"ask"`: each waits until somebody with the scope `operator.approvals` allows it; the
   * roles `admin` and `operator` have that scope, so whoever asks the agent may be the one who allows it.
   * @default "deny"
   */
  exec?: ExecPosture;
  /**
   * Files the agent reads and writes with its file tools. `"workspace"`: those of its workspace, which all people share.
   * @default "none"
   */
  files?: FilesPosture;
}

/** The agent's rights with nothing left open to interpretation. */
export type AgentPosture = Required<AgentArgs>;

/** What becomes of shell commands. */
export const ExecPosture = { Deny: "deny", Ask: "ask" } as const;
export type ExecPosture = (typeof ExecPosture)[keyof typeof ExecPosture];

/** Which files the agent's tools reach. */
export const FilesPosture = { None: "none", Workspace: "workspace" } as const;
export type FilesPosture = (typeof FilesPosture)[keyof typeof FilesPosture];

/** What holds unless something is opened. */
export const CLOSED_AGENT: AgentPosture = { exec: "deny", files: "none" };

const ALLOWED: Record<keyof AgentArgs, readonly string[]> = {
  exec: Object.values(ExecPosture),
  files: Object.values(FilesPosture),
};

/** Completes what was left out; call {@link agentProblems} first. Pure. */
export function agentPosture(args: AgentArgs = {}): AgentPosture {
  return { exec: args.exec ?? CLOSED_AGENT.exec, files: args.files ?? CLOSED_AGENT.files };
}

/** Everything that is wrong with the arguments: where, and what to write instead. For values that no type has checked. Pure. */
export function agentProblems(args: unknown = {}): { propertyPath: string; reason: string }[] {
  if (typeof args !== "object" || args === null || Array.isArray(args)) {
    return [{ propertyPath: "agent", reason: `${JSON.stringify(args)} is no object; write it as { exec: "ask" }` }];
  }
  return Object.entries(args).flatMap(([key, value]) => {
    const propertyPath = `agent.${key}`;
    const allowed = Object.hasOwn(ALLOWED, key) ? ALLOWED[key as keyof AgentArgs] : undefined;
    if (!allowed) {
      const reason = `"${key}" is nothing of the agent that can be opened; ${suggest(key, Object.keys(ALLOWED))}`;
      return [{ propertyPath, reason }];
    }
    if (value === undefined || allowed.includes(value as string)) return [];
    const words = allowed.map((word) => `"${word}"`).join(" or ");
    return [{ propertyPath, reason: `${JSON.stringify(value)} is not possible; use ${words}` }];
  });
}

/** OpenClaw's `tools`: what the agent gets, and what it never gets. Pure. */
export function agentTools({ exec, files }: AgentPosture) {
  const asks = exec === "ask";
  const reads = files === "workspace";
  return {
    // Nothing but the answer of what the session is.
    profile: "minimal",
    ...(asks || reads ? { alsoAllow: [...(asks ? EXEC_TOOLS : []), ...(reads ? FILE_TOOLS : [])] } : {}),
    deny: [...NEVER, ...(asks ? [] : ["group:runtime"]), ...(reads ? [] : ["group:fs"])],
    fs: { workspaceOnly: true },
    // "ask" alone lets a command through that was allowed for good before.
    exec: asks ? { host: "gateway", security: "allowlist", ask: "always", strictInlineEval: true } : { mode: "deny" },
    elevated: { enabled: false },
    sessions: { visibility: "self" },
    agentToAgent: { enabled: false },
    web: { search: { enabled: false }, fetch: { enabled: false } },
    codeMode: false,
    swarm: false,
  };
}

const EXEC_TOOLS = ["exec", "process"];
const FILE_TOOLS = ["read", "write", "edit", "apply_patch"];

const NEVER = [
  "group:automation",
  "sessions_spawn",
  "sessions_send",
  "gateway",
  "plugins",
  "nodes",
  "openclaw",
  "secrets",
  "code_execution",
];
