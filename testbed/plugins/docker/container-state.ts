/** From what the engine says about a container back to its properties, as the official plugin reads them. Pure. */
import type Docker from "dockerode";
import type { ContainerInputs, ContainerState, NetworkData } from "./container-schema";
import { formatDuration } from "./duration";
import { labelList } from "./engine";

const MIB = 1024 * 1024;
const NANO = 1_000_000_000;

/** Fields that the type definitions of the engine's client lack. */
type Info = Docker.ContainerInspectInfo & {
  Config: { StopSignal?: string; StopTimeout?: number };
  HostConfig: { CgroupnsMode?: string };
  NetworkSettings: { Bridge?: string };
};

/**
 * The state after looking. Environment, labels, volumes, networks and uploads cannot be told from what the image brings, so they stay as
 * recorded.
 */
export function describeContainer(state: ContainerState, inspected: Docker.ContainerInspectInfo): ContainerState {
  const info = inspected as Info;
  const { Config: config, HostConfig: host } = info;
  return {
    ...state,
    ...runState(state, info),
    name: info.Name.replace(/^\/+/, ""),
    image: state.image.startsWith("sha256:") ? info.Image : config.Image,
    hostname: config.Hostname,
    domainname: config.Domainname,
    command: config.Cmd ?? undefined,
    entrypoints: strings(config.Entrypoint),
    user: config.User,
    workingDir: config.WorkingDir,
    tty: config.Tty,
    stdinOpen: config.OpenStdin,
    stopSignal: config.StopSignal,
    stopTimeout: config.StopTimeout,
    healthcheck: config.Healthcheck ? healthcheck(config.Healthcheck) : state.healthcheck,
    ...hostState(state, host),
    bridge: info.NetworkSettings.Bridge ?? "",
    networkDatas: networkDatas(info.NetworkSettings.Networks),
  };
}

/** A container that should run and does not shows as a change of `mustRun`, which the next `up` answers by starting it. */
function runState(state: ContainerState, info: Info): Pick<ContainerState, "exitCode" | "mustRun" | "ports"> {
  const running = info.State.Running;
  const readsPorts = (running || state.mustRun) && (state.ports?.length ?? 0) > 0;
  return {
    ports: readsPorts ? ports(info.NetworkSettings.Ports, state.ports ?? []) : state.ports,
    exitCode: running ? state.exitCode : info.State.ExitCode,
    mustRun: running ? state.mustRun : false,
  };
}

function hostState(state: ContainerState, host: Info["HostConfig"]): Partial<ContainerInputs> {
  const capabilities = { adds: host.CapAdd ?? [], drops: host.CapDrop ?? [] };
  return {
    rm: host.AutoRemove,
    readOnly: host.ReadonlyRootfs,
    restart: host.RestartPolicy?.Name,
    maxRetryCount: host.RestartPolicy?.MaximumRetryCount,
    init: host.Init ?? false,
    privileged: host.Privileged,
    publishAllPorts: host.PublishAllPorts,
    capabilities: capabilities.adds.length + capabilities.drops.length > 0 ? capabilities : state.capabilities,
    dns: host.Dns ?? [],
    dnsOpts: host.DnsOptions ?? [],
    dnsSearches: host.DnsSearch ?? [],
    securityOpts: host.SecurityOpt ?? [],
    hosts: ((host.ExtraHosts ?? []) as string[]).map(splitHost),
    ulimits: state.ulimits?.length ? ulimits(host.Ulimits) : undefined,
    tmpfs: host.Tmpfs ?? undefined,
    mounts: ((host.Mounts ?? []) as unknown as MountInfo[]).map(mount),
    memory: (host.Memory ?? 0) / MIB,
    memoryReservation: (host.MemoryReservation ?? 0) / MIB,
    memorySwap: (host.MemorySwap ?? 0) > 0 ? (host.MemorySwap ?? 0) / MIB : host.MemorySwap,
    shmSize: (host.ShmSize ?? 0) / MIB,
    cpus: host.NanoCpus ? decimal(host.NanoCpus) : state.cpus,
    cpuShares: host.CpuShares,
    cpuSet: host.CpusetCpus,
    logDriver: host.LogConfig?.Type,
    logOpts: state.logOpts && host.LogConfig?.Config,
    storageOpts: host.StorageOpt ?? undefined,
    networkMode: host.NetworkMode,
    pidMode: state.pidMode && host.PidMode,
    usernsMode: host.UsernsMode,
    ipcMode: host.IpcMode,
    sysctls: host.Sysctls ?? undefined,
    groupAdds: host.GroupAdd ?? [],
    runtime: host.Runtime,
  };
}

function ulimits(limits: Docker.Ulimit[] = []): ContainerInputs["ulimits"] {
  return limits.map(({ Name = "", Soft = 0, Hard = 0 }) => ({ name: Name, soft: Soft, hard: Hard }));
}

function strings(value: string | string[] | null | undefined): string[] | undefined {
  if (value === null || value === undefined) return undefined;
  return typeof value === "string" ? [value] : value;
}

function splitHost(entry: string): { host: string; ip: string } {
  const [host = "", ip = ""] = entry.split(/:(.*)/s);
  return { host, ip };
}

/** In the order of the recorded ones, so that the order in the program is no change. */
function ports(
  bound: Info["NetworkSettings"]["Ports"],
  recorded: NonNullable<ContainerInputs["ports"]>,
): ContainerInputs["ports"] {
  const found = Object.entries(bound ?? {}).flatMap(([key, bindings]) => {
    const [internal = "0", protocol = "tcp"] = key.split("/");
    return (bindings ?? []).map(({ HostIp, HostPort }) => ({
      internal: Number(internal),
      external: Number(HostPort),
      ip: HostIp,
      protocol,
    }));
  });
  const position = ({ internal, protocol, ip }: { internal: number; protocol: string; ip: string }) => {
    const index = recorded.findIndex(
      (port) => port.internal === internal && (port.protocol ?? "tcp") === protocol && (port.ip ?? "0.0.0.0") === ip,
    );
    return index < 0 ? recorded.length : index;
  };
  return found.sort((a, b) => position(a) - position(b) || a.internal - b.internal);
}

function healthcheck(check: Docker.HealthConfig & { StartInterval?: number }): ContainerInputs["healthcheck"] {
  return {
    tests: check.Test ?? [],
    interval: formatDuration(check.Interval ?? 0),
    timeout: formatDuration(check.Timeout ?? 0),
    startPeriod: formatDuration(check.StartPeriod ?? 0),
    startInterval: formatDuration(check.StartInterval ?? 0),
    retries: check.Retries ?? 0,
  };
}

interface MountInfo {
  Type: string;
  Target: string;
  Source?: string;
  ReadOnly?: boolean;
  BindOptions?: { Propagation?: string };
  TmpfsOptions?: { SizeBytes?: number; Mode?: number };
  VolumeOptions?: {
    NoCopy?: boolean;
    Labels?: Record<string, string>;
    Subpath?: string;
    DriverConfig?: { Name?: string; Options?: Record<string, string> };
  };
}

function mount(info: MountInfo): NonNullable<ContainerInputs["mounts"]>[number] {
  const { BindOptions, TmpfsOptions, VolumeOptions } = info;
  return {
    type: info.Type,
    target: info.Target,
    source: info.Source ?? "",
    readOnly: info.ReadOnly ?? false,
    ...(BindOptions && { bindOptions: { propagation: BindOptions.Propagation } }),
    ...(TmpfsOptions && { tmpfsOptions: { sizeBytes: TmpfsOptions.SizeBytes, mode: TmpfsOptions.Mode } }),
    ...(VolumeOptions && {
      volumeOptions: {
        noCopy: VolumeOptions.NoCopy,
        labels: labelList(VolumeOptions.Labels),
        subpath: VolumeOptions.Subpath,
        driverName: VolumeOptions.DriverConfig?.Name,
        driverOptions: VolumeOptions.DriverConfig?.Options,
      },
    }),
  };
}

/** `0.5`, and `1.0` for whole ones. */
function decimal(nanoCpus: number): string {
  const text = (nanoCpus / NANO).toFixed(9).replace(/0+$/, "");
  return text.endsWith(".") ? `${text}0` : text;
}

function networkDatas(networks: Info["NetworkSettings"]["Networks"]): NetworkData[] {
  return Object.entries(networks ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([networkName, data]) => ({
      networkName,
      ipAddress: data.IPAddress,
      ipPrefixLength: data.IPPrefixLen,
      gateway: data.Gateway,
      globalIpv6Address: data.GlobalIPv6Address,
      globalIpv6PrefixLength: data.GlobalIPv6PrefixLen,
      ipv6Gateway: data.IPv6Gateway,
      macAddress: data.MacAddress,
    }));
}
