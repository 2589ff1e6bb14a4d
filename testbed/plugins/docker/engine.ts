/** The connection to the Docker engine, shared by all resources. */
import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";

const DEFAULT_HOST = "unix:///var/run/docker.sock";

let connected: Docker | undefined;

/**
 * Connects, and fails at once without an engine: the official plugin cannot even preview without one.
 *
 * @param host - `unix:///path` or `tcp://host:port`
 * @default DOCKER_HOST, then the usual socket
 */
export async function connect(host: string = process.env.DOCKER_HOST || DEFAULT_HOST): Promise<void> {
  const docker = new Docker(optionsFor(host));
  try {
    await docker.ping();
  } catch (error) {
    throw new Error(`failed to connect to the Docker engine at ${host}: ${(error as Error).message}`);
  }
  connected = docker;
}

export function engine(): Docker {
  if (!connected) throw new Error("the Docker provider's host is not known yet");
  return connected;
}

function optionsFor(host: string): Docker.DockerOptions {
  const url = new URL(host);
  if (url.protocol === "unix:") return { socketPath: url.pathname };
  if (url.protocol === "tcp:") return { protocol: "http", host: url.hostname, port: url.port || "2375" };
  throw new Error(
    `host ${host}: this stand-in connects to unix:// and tcp:// only; use the official plugin for others`,
  );
}

/** The answer, or nothing when the engine knows no such thing. */
export async function orMissing<Answer>(question: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await question;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

/** What the engine said, without the HTTP wrapping. */
export function engineMessage(error: unknown): string {
  const { json, message } = error as { json?: { message?: string }; message: string };
  return json?.message ?? message;
}

export interface Retry {
  readonly seconds: number;
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

/** Tries again while the engine's message says that something is still in use. */
export async function whileInUse(
  inUse: RegExp,
  { seconds, everyMs, signal }: Retry,
  attempt: () => Promise<unknown>,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (!inUse.test(engineMessage(error)) || Date.now() >= deadline) throw new Error(engineMessage(error));
    }
    await sleep(everyMs, undefined, { signal });
  }
}

/** `[{label, value}]` as the engine holds them, and back. */
export function labelMap(labels: readonly { label: string; value: string }[] = []): Record<string, string> {
  return Object.fromEntries(labels.map(({ label, value }) => [label, value]));
}

export function labelList(labels: Record<string, string> | null | undefined): { label: string; value: string }[] {
  return Object.entries(labels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, value]) => ({ label, value }));
}
