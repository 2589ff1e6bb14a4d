import type { AgentPosture } from "./posture";

/** Something of the agent that is open, and what it means for the deployment. */
export interface OpenPosture {
  /** The argument that opened it, such as `agent.exec`. */
  argument: string;
  value: string;
  /** What the agent can do now that it could not do closed. */
  open: string;
  /** What somebody who tricks the agent gains by it. */
  why: string;
}

/**
 * What is open of the agent, for an audit; empty when all is closed. Pure.
 *
 * Serves requirement 25.
 *
 * @example
 * postureReport({ exec: "deny", files: "none" }) // []
 */
export function postureReport({ exec, files }: AgentPosture): OpenPosture[] {
  return [
    ...(exec === "ask" ? [{ argument: "agent.exec", value: exec, ...EXEC }] : []),
    ...(files === "workspace" ? [{ argument: "agent.files", value: files, ...FILES }] : []),
  ];
}

const EXEC = {
  open: "The agent runs shell commands in OpenClaw's container, each after somebody with operator.approvals allowed it.",
  why:
    "A command runs as OpenClaw itself: it reads every person's conversations, OpenClaw's configuration and its TLS key, and may change " +
    "its state. It holds no model key and reaches no more of the network than OpenClaw does. A person who does not read what is asked is no protection.",
};

const FILES = {
  open: "The agent reads and writes the files of its workspace.",
  why:
    "All people share the workspace, and its AGENTS.md and the like are part of every person's prompt: what one conversation writes, " +
    "tricked by a text it read, all others obey.",
};
