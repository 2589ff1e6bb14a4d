import { execute, INSTANCE, type Result } from "./stack";

const OURS = `label=zero-trust-openclaw.stack=${INSTANCE}`;

export function docker(...args: string[]): Promise<Result> {
  return execute("docker", args);
}

/** As {@link docker}, but a failure is an error. */
export async function mustDocker(...args: string[]): Promise<string> {
  const { code, output } = await docker(...args);
  if (code !== 0) throw new Error(`docker ${args.join(" ")}: ${output}`);
  return output.trim();
}

/** Id of a running container of the deployment, by its name in the perimeter. */
export function container(name: string): Promise<string> {
  return only({ container: name });
}

/** Id of the container that holds a workload's place in the networks. */
export function holder(workload: string): Promise<string> {
  return only({ container: "network", workload });
}

async function only(labels: Record<string, string>): Promise<string> {
  const filters = Object.entries(labels).flatMap(([key, value]) => [
    "--filter",
    `label=zero-trust-openclaw.${key}=${value}`,
  ]);
  const id = await mustDocker("ps", "-q", "--filter", OURS, ...filters);
  if (!/^[0-9a-f]+$/.test(id)) throw new Error(`expected one running container for ${filters.join(" ")}, got "${id}"`);
  return id;
}

export async function everyContainer(): Promise<string[]> {
  return lines(await mustDocker("ps", "-aq", "--filter", OURS));
}

export async function inspect(id: string): Promise<Record<string, never>> {
  return JSON.parse(await mustDocker("inspect", id))[0];
}

/** Containers, networks and volumes of the deployment that exist. */
export async function leftovers(): Promise<string[]> {
  const found = await Promise.all([
    mustDocker("ps", "-aq", "--filter", OURS),
    mustDocker("network", "ls", "-q", "--filter", OURS),
    mustDocker("volume", "ls", "-q", "--filter", OURS),
  ]);
  return found.flatMap(lines);
}

/** Removes what an earlier run left, whichever checkout it ran in and however it ended. */
export async function removeLeftovers(): Promise<void> {
  await remove(await everyContainer(), "rm", "--force");
  await remove(lines(await mustDocker("network", "ls", "-q", "--filter", OURS)), "network", "rm");
  await remove(lines(await mustDocker("volume", "ls", "-q", "--filter", OURS)), "volume", "rm");
}

async function remove(ids: string[], ...command: string[]): Promise<void> {
  if (ids.length > 0) await mustDocker(...command, ...ids);
}

const TOOLS = "zero-trust-openclaw/workload-tools:0.1.0";

/** Runs a probe inside a container of the deployment: as its user, with its addresses and its routes. */
export async function probeFrom(name: string, ...args: string[]): Promise<Result> {
  return docker("exec", await container(name), "/files/bin/zt-tools", "probe", ...args);
}

/** Runs a probe as a stranger that got into one of the deployment's networks. */
export async function probeAsStranger(link: string, ...args: string[]): Promise<Result> {
  const filter = ["--filter", OURS, "--filter", `label=zero-trust-openclaw.link=${link}`];
  const network = await mustDocker("network", "ls", "-q", ...filter);
  return docker("run", "--rm", "--network", network, TOOLS, "probe", ...args);
}

function lines(text: string): string[] {
  return text.split("\n").filter(Boolean);
}
