import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { workload } from "../../perimeter";
import {
  CERTIFICATES,
  type ContainerSpec,
  FILES,
  type HealthProbe,
  RUN,
  type StateVolume,
  type WorkloadSpec,
} from "../platform";
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
  dependsOn: pulumi.Resource[];
}

/** A workload's place in the network. */
type NetworkPosition = Pick<docker.ContainerArgs, "networksAdvanced" | "hostname" | "dns" | "ports">;

const TOOLS = `${FILES}/bin/zt-tools`;
/** Until a container is healthy; OpenClaw alone takes 15 to 20 s. */
const WAIT_SECONDS = 180;
/** The kernel drops signals to process 1 that it has no handler for yet: only behind an init does a stop during the start end a program. */
const INIT = true;
const PROBE_TIMES = { interval: "3s", timeout: "5s", retries: 5, startPeriod: "2m0s" };

/** A container at work, and its state. */
export interface Running {
  container: docker.Container;
  state?: docker.Volume;
}

/** Runs a workload's containers, hardened, with their files, in their place in the network, once what they depend on is there. */
export function runWorkload(
  name: string,
  segments: DockerSegments,
  spec: WorkloadSpec,
  args: DockerArgs,
  parent: pulumi.Resource,
  dependsOn: pulumi.Resource[] = [],
): Running[] {
  workload(segments.perimeter, spec.workload);
  const tools = segments.image(args.toolsImage ?? DEFAULT_TOOLS_IMAGE, "tools");
  const context = { workload: spec.workload, segments, tools, args, parent, dependsOn };
  const holder = segments.holder(spec.workload, () =>
    holdNetwork(`${name}-network`, networkPosition(segments, spec), context),
  );
  const shared = pulumi.interpolate`container:${holder.id}`;
  return spec.containers.map((one) => {
    // Some containers are called after their workload, and some by their whole name already.
    const own = one.name === spec.workload ? name : one.name.startsWith(`${name}-`) ? one.name : `${name}-${one.name}`;
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
  { workload, segments, tools, args, parent, dependsOn }: Context,
): Running {
  const state = container.state && stateVolume(`${name}-${container.state.name}`, container.state, args, parent);
  const files = installFiles(name, container, state, tools, args, parent);
  const [program, ...rest] = container.command;
  const owner = `uid=${container.user},gid=${container.user}`;
  const tmpfs = {
    [RUN]: `${owner},mode=0700,size=16m`,
    ...Object.fromEntries((container.scratch ?? []).map((path) => [path, `${owner},mode=0700,size=256m`])),
  };
  const { certificates = [] } = container;
  const health = healthCheck(container.health);
  const running = new docker.Container(
    name,
    {
      image: segments.image(container.image, container.name),
      entrypoints: [program as pulumi.Input<string>],
      command: rest,
      init: INIT,
      user: `${container.user}:${container.user}`,
      ...HARDENED,
      ...(container.capabilities ? { capabilities: { drops: ["ALL"], adds: container.capabilities } } : {}),
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
        ...certificates.map(({ name: certificate, source }) => ({
          volumeName: source.volume,
          containerPath: `${CERTIFICATES}/${certificate}`,
          readOnly: true,
        })),
      ],
      healthcheck: health,
      wait: true,
      waitTimeout: WAIT_SECONDS,
      stopTimeout: container.stopGraceSeconds ?? 10,
      destroyGraceSeconds: container.stopGraceSeconds ?? 10,
      labels: [
        ...labels(args, { workload, container: container.name, ...container.labels }),
        { label: "zero-trust-openclaw.files", value: files.checksum },
        // The provider only takes note of a changed health check, scratch space or init; a changed label makes it replace the container.
        {
          label: "zero-trust-openclaw.settings",
          value: checksum([...health.tests, JSON.stringify([health.interval, PROBE_TIMES, tmpfs, INIT])]),
        },
      ],
    },
    // What the program listens on cannot be held twice.
    {
      parent,
      deleteBeforeReplace: true,
      dependsOn: [files.installer, ...dependsOn, ...certificates.map(({ after }) => after)],
    },
  );
  return { container: running, state };
}

/** What joined a namespace stays in it when its holder ends, and must be started again to join the new one. */
function healthCheck(probe: HealthProbe) {
  if (probe.kind === "command")
    return { tests: ["CMD", ...probe.command], ...PROBE_TIMES, interval: `${probe.everySeconds}s` };
  return { tests: ["CMD", TOOLS, ...probeArguments(probe), "--end-if-cut-off"], ...PROBE_TIMES };
}

function probeArguments(probe: Exclude<HealthProbe, { kind: "command" }>): pulumi.Input<string>[] {
  if (probe.kind === "tcp") return ["probe", "tcp", "--address", pulumi.interpolate`${probe.address}:${probe.port}`];
  const expectation = ["--path", probe.path, "--expect", probe.expect];
  if (probe.kind === "socket") return ["probe", "unix", "--socket", probe.socket, ...expectation];
  const trust = ["--server-name", probe.serverName, "--ca", `${FILES}/roots.pem`];
  return ["probe", "https", "--address", pulumi.interpolate`${probe.address}:${probe.port}`, ...trust, ...expectation];
}

function stateVolume(name: string, volume: StateVolume, args: DockerArgs, parent: pulumi.Resource): docker.Volume {
  return new docker.Volume(
    name,
    { name: volume.keptAs, labels: labels(args, volume.passing ? {} : { role: "state" }) },
    { parent },
  );
}
