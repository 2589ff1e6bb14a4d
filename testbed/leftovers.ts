/** What a stack has on the Docker engine, found by its label: for what Pulumi's state does not know, because a run was killed. */
import type Docker from "dockerode";

/** Carries the stack's `instance` on every container, network and volume. */
const stackLabel = "zero-trust-openclaw.stack";
/** On the volume with OpenClaw's own state. */
const stateRole = "zero-trust-openclaw.role=state";

export interface Belongings {
  readonly containers: readonly Docker.ContainerInfo[];
  readonly networks: readonly Docker.NetworkInspectInfo[];
  readonly volumes: readonly Docker.VolumeInspectInfo[];
}

export async function belongings(docker: Docker, instance: string): Promise<Belongings> {
  const filters = { label: [`${stackLabel}=${instance}`] };
  const [containers, networks, { Volumes }] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ]);
  return { containers, networks, volumes: Volumes ?? [] };
}

export const isState = (volume: Docker.VolumeInspectInfo): boolean => {
  const [key = "", value] = stateRole.split("=");
  return volume.Labels?.[key] === value;
};

/** Everything of `all` that `ids` does not name. */
export function unknownTo(ids: ReadonlySet<string>, all: Belongings): Belongings {
  return {
    containers: all.containers.filter(({ Id }) => !ids.has(Id)),
    networks: all.networks.filter(({ Id }) => !ids.has(Id)),
    volumes: all.volumes.filter(({ Name }) => !ids.has(Name)),
  };
}

export async function removeAll(docker: Docker, things: Belongings): Promise<void> {
  for (const { Id } of things.containers) await tolerant(docker.getContainer(Id).remove({ force: true }));
  for (const { Id } of things.networks) await tolerant(docker.getNetwork(Id).remove());
  for (const { Name } of things.volumes) await tolerant(docker.getVolume(Name).remove());
}

export const isEmpty = (things: Belongings): boolean =>
  things.containers.length + things.networks.length + things.volumes.length === 0;

export function count(things: Belongings): string {
  const number = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
  const { containers, networks, volumes } = things;
  return [
    number(containers.length, "container"),
    number(networks.length, "network"),
    number(volumes.length, "volume"),
  ].join(", ");
}

/** Gone already is as good as removed. */
async function tolerant(removal: Promise<unknown>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) throw error;
  }
}
