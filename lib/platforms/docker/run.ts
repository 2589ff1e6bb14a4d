import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { workload } from "../../perimeter";
import { type ContainerSpec, FILES, type HealthProbe, RUN, type StateVolume, type WorkloadSpec } from "../platform";
import { DEFAULT_TOOLS_IMAGE, type DockerArgs } from "./args";
import { checksum } from "./checksum";
import { installFiles } from "./files";
import { HARDENED, LOGGING } from "./hardening";
import { labels } from "./labels";
import type { DockerSegments } from "./segments";

/** What all containers of a workload have in common. */
interface Context {
  workload: string;
  segments: DockerSegments;
  tools: pulumi.Output<string>;
  args: DockerArgs;
  parent: pulumi.Resource;
}

/** A workload's place in the network. */
type NetworkPosition = Pick<docker.ContainerArgs, "networksAdvanced" | "hostname" | "dns" | "ports">;

const TOOLS = `${FILES}/bin/zt-tools`;
/** Until a container is healthy; OpenClaw alone takes 15 to 20 s. */
const WAIT_SECONDS = 180;
/** The kernel drops signals to process 1 that it has no handler for yet: only behind an init does a stop during the start end a program. */
const INIT = true;
const PROBE_TIMES = { interval: "3s", timeout: "5s", retries: 5, startPeriod: "2m0s" };

/** Runs a workload's containers, hardened, with their files, in their place in the network. */
export function runWorkload(
  name: string,
  segments: DockerSegments,
  spec: WorkloadSpec,
  args: DockerArgs,
  parent: pulumi.Resource,
): docker.Container[] {
  workload(segments.perimeter, spec.workload);
  const tools = segments.image(args.toolsImage ?? DEFAULT_TOOLS_IMAGE, "tools");
  const context = { workload: spec.workload, segments, tools, args, parent };
  const holder = holdNetwork(`${name}-network`, networkPosition(segments, spec), context);
  const shared = pulumi.interpolate`container:${holder.id}`;
  return spec.containers.map((one) => {
    const own = one.name === spec.workload ? name : `${name}-${one.name}`;
    return runContainer(own, one, shared, context);
  });
}

function networkPosition(segments: DockerSegments, spec: WorkloadSpec): NetworkPosition {
  return {
    // OpenClaw's lock on its state names the host: with a new name after a crash it would wait five minutes for the old one.
    hostname: spec.workload,
    networksAdvanced: segments
      .attachments(spec.workload)
      .map(({ network, address }) => ({ name: network.name, ipv4Address: address })),
    ...(segments.resolvesNames(spec.workload) ? {} : { dns: ["127.0.0.1"] }),
    ...(spec.publish
      ? { ports: [{ internal: spec.publish.port, external: spec.publish.hostPort, ip: "127.0.0.1" }] }
      : {}),
  };
}

/**
 * A workload's containers share the network namespace of this one, which has no reason to end. If they joined each other, a restart
 * of the first would leave the second in a namespace that nobody reaches; should this one end, their probes end them too. A workload
 * of one container has it as well: with the addresses held by something that stays, another can be added later without a gap.
 */
function holdNetwork(name: string, position: NetworkPosition, context: Context): docker.Container {
  return new docker.Container(
    name,
    {
      image: context.tools,
      entrypoints: ["/zt-tools"],
      command: ["pause"],
      user: "65532:65532",
      ...HARDENED,
      ...LOGGING,
      ...position,
      restart: "unless-stopped",
      memory: 32,
      memorySwap: 32,
      labels: labels(context.args, { workload: context.workload, container: "network" }),
    },
    { parent: context.parent, deleteBeforeReplace: true },
  );
}

function runContainer(
  name: string,
  container: ContainerSpec,
  networkMode: pulumi.Input<string>,
  { workload, segments, tools, args, parent }: Context,
): docker.Container {
  const state = container.state && stateVolume(`${name}-${container.state.name}`, container.state, args, parent);
  const files = installFiles(name, container, state, tools, args, parent);
  const [program, ...rest] = container.command;
  const owner = `uid=${container.user},gid=${container.user}`;
  const tmpfs = {
    [RUN]: `${owner},mode=0700,size=16m`,
    ...Object.fromEntries((container.scratch ?? []).map((path) => [path, `${owner},mode=0700,size=256m`])),
  };
  // What joined a namespace stays in it when its holder ends, and must be started again to join the new one.
  const probe = ["CMD", TOOLS, ...probeArguments(container.health), "--end-if-cut-off"];
  return new docker.Container(
    name,
    {
      image: segments.image(container.image, container.name),
      entrypoints: [program as pulumi.Input<string>],
      command: rest,
      init: INIT,
      user: `${container.user}:${container.user}`,
      ...HARDENED,
      ...LOGGING,
      networkMode,
      envs: Object.entries(container.environment ?? {}).map(([key, value]) => `${key}=${value}`),
      restart: "unless-stopped",
      memory: container.memoryMiB,
      memorySwap: container.memoryMiB,
      // The provider has no limit of processes per container. This one counts per user, and no other container has this user.
      ulimits: [{ name: "nproc", soft: container.processes, hard: container.processes }],
      tmpfs,
      volumes: [
        { volumeName: files.volume.name, containerPath: FILES, readOnly: true },
        ...(state && container.state ? [{ volumeName: state.name, containerPath: container.state.path }] : []),
      ],
      healthcheck: { tests: probe, ...PROBE_TIMES },
      wait: true,
      waitTimeout: WAIT_SECONDS,
      stopTimeout: container.stopGraceSeconds ?? 10,
      destroyGraceSeconds: container.stopGraceSeconds ?? 10,
      labels: [
        ...labels(args, { workload, container: container.name }),
        { label: "zero-trust-openclaw.files", value: files.checksum },
        // The provider only takes note of a changed health check, scratch space or init; a changed label makes it replace the container.
        {
          label: "zero-trust-openclaw.settings",
          value: checksum([...probe, JSON.stringify([PROBE_TIMES, tmpfs, INIT])]),
        },
      ],
    },
    // What the program listens on cannot be held twice.
    { parent, deleteBeforeReplace: true, dependsOn: [files.installer] },
  );
}

function probeArguments(probe: HealthProbe): pulumi.Input<string>[] {
  if (probe.kind === "tcp") return ["probe", "tcp", "--address", pulumi.interpolate`${probe.address}:${probe.port}`];
  const expectation = ["--path", probe.path, "--expect", probe.expect];
  if (probe.kind === "socket") return ["probe", "unix", "--socket", probe.socket, ...expectation];
  const trust = ["--server-name", probe.serverName, "--ca", `${FILES}/roots.pem`];
  return ["probe", "https", "--address", pulumi.interpolate`${probe.address}:${probe.port}`, ...trust, ...expectation];
}

function stateVolume(name: string, volume: StateVolume, args: DockerArgs, parent: pulumi.Resource): docker.Volume {
  return new docker.Volume(name, { name: volume.keptAs, labels: labels(args, { role: "state" }) }, { parent });
}
