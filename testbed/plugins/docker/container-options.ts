/** From a container's properties to what the engine's "create" call takes. Pure. */
import type Docker from "dockerode";
import type { ContainerInputs } from "./container-schema";
import { parseDuration } from "./duration";
import { labelMap } from "./engine";

const MIB = 1024 * 1024;
const NANO = 1_000_000_000;
/** The official plugin refuses all volume options below it, not just the one that needs it. */
const VOLUME_OPTIONS_API = 1.45;

export interface CreateOptions {
  readonly query: { readonly name: string; readonly platform?: string };
  readonly body: Docker.ContainerCreateOptions;
}

/**
 * @param apiVersion - of the engine
 * @throws when properties contradict each other
 */
export function createOptions(inputs: ContainerInputs, apiVersion: number): CreateOptions {
  const { volumes, binds, volumesFrom } = volumeOptions(inputs.volumes ?? []);
  const { exposed, bindings } = portOptions(inputs.ports ?? []);
  return {
    query: { name: inputs.name ?? "", ...(inputs.platform && { platform: inputs.platform }) },
    body: {
      Image: inputs.image,
      Hostname: inputs.hostname ?? "",
      Domainname: inputs.domainname ?? "",
      Tty: inputs.tty ?? false,
      OpenStdin: inputs.stdinOpen ?? false,
      ...given({
        StopSignal: inputs.stopSignal,
        StopTimeout: inputs.stopTimeout,
        Env: inputs.envs,
        Cmd: inputs.command,
        Entrypoint: inputs.entrypoints,
        User: inputs.user,
        WorkingDir: inputs.workingDir,
        ExposedPorts: exposed,
        Volumes: volumes,
        Labels: inputs.labels && labelMap(inputs.labels),
        Healthcheck: inputs.healthcheck && healthcheckOptions(inputs.healthcheck),
      }),
      HostConfig: {
        ...hostOptions(inputs),
        ...given({ PortBindings: bindings, Binds: binds, VolumesFrom: volumesFrom }),
        Mounts: (inputs.mounts ?? []).map((mount) => mountOptions(mount, apiVersion)) as never,
      },
    },
  };
}

function hostOptions(inputs: ContainerInputs): Docker.HostConfig {
  return {
    Privileged: inputs.privileged ?? false,
    PublishAllPorts: inputs.publishAllPorts ?? false,
    RestartPolicy: { Name: inputs.restart ?? "no", MaximumRetryCount: inputs.maxRetryCount ?? 0 },
    AutoRemove: inputs.rm ?? false,
    ReadonlyRootfs: inputs.readOnly ?? false,
    LogConfig: { Type: inputs.logDriver ?? "", Config: inputs.logOpts ?? {} },
    Init: inputs.init ?? false,
    ...securityOptions(inputs.securityOpts),
    ...given({
      Runtime: inputs.runtime,
      Tmpfs: inputs.tmpfs,
      ExtraHosts: inputs.hosts?.map(({ host, ip }) => `${host}:${ip}`),
      Ulimits: inputs.ulimits?.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
      CapAdd: capabilityNames(inputs.capabilities?.adds),
      CapDrop: capabilityNames(inputs.capabilities?.drops),
      Dns: inputs.dns,
      DnsOptions: inputs.dnsOpts,
      DnsSearch: inputs.dnsSearches,
      NetworkMode: inputs.networkMode,
      UsernsMode: inputs.usernsMode,
      PidMode: inputs.pidMode,
      IpcMode: inputs.ipcMode,
      CgroupnsMode: inputs.cgroupnsMode,
      CgroupParent: inputs.cgroupParent,
      GroupAdd: inputs.groupAdds,
      Sysctls: inputs.sysctls,
      StorageOpt: inputs.storageOpts,
      ShmSize: mebibytes(inputs.shmSize),
      CpuPeriod: inputs.cpus ? undefined : inputs.cpuPeriod,
      CpuQuota: inputs.cpus ? undefined : inputs.cpuQuota,
      NanoCpus: inputs.cpus && nanoCpus(inputs.cpus),
    }),
    ...resourceOptions(inputs),
  };
}

/** The limits that can also be changed later. */
export function resourceOptions(inputs: ContainerInputs): Docker.HostConfig {
  return given({
    Memory: mebibytes(inputs.memory),
    MemoryReservation: mebibytes(inputs.memoryReservation),
    MemorySwap: mebibytes(inputs.memorySwap),
    CpuShares: inputs.cpuShares,
    CpusetCpus: inputs.cpuSet,
  });
}

/** The official plugin's client library spells them in full, and so the state does: `CHOWN` in the program shows as a change for ever. */
function capabilityNames(names: readonly string[] = []): string[] {
  const full = names
    .map((name) => name.toUpperCase())
    .map((name) => (name === "ALL" || name.startsWith("CAP_") ? name : `CAP_${name}`));
  return [...new Set(full)].sort();
}

/** -1 means "no limit" and stays -1. */
function mebibytes(count: number | undefined): number | undefined {
  return count === undefined || count < 0 ? count : count * MIB;
}

function nanoCpus(cpus: string): number {
  const count = Number(cpus);
  if (Number.isFinite(count) && count >= 0) return Math.round(count * NANO);
  throw new Error(`Error setting cpus: ${JSON.stringify(cpus)} is not a number`);
}

/** Masked paths are lifted by the caller, not by the engine, so this option must not reach it. */
function securityOptions(options: readonly string[] = []): Docker.HostConfig {
  const unconfined = "systempaths=unconfined";
  const SecurityOpt = options.filter((option) => option !== unconfined);
  return { SecurityOpt, ...(options.includes(unconfined) && { MaskedPaths: [], ReadonlyPaths: [] }) };
}

function healthcheckOptions(check: NonNullable<ContainerInputs["healthcheck"]>): Docker.HealthConfig {
  const nanoseconds = (text = "0s") => parseDuration(text) ?? 0;
  return {
    Test: check.tests ?? [],
    Interval: nanoseconds(check.interval),
    Timeout: nanoseconds(check.timeout),
    StartPeriod: nanoseconds(check.startPeriod),
    ...(nanoseconds(check.startInterval) > 0 && { StartInterval: nanoseconds(check.startInterval) }),
    Retries: check.retries ?? 0,
  };
}

function portOptions(ports: NonNullable<ContainerInputs["ports"]>) {
  const exposed: Record<string, object> = {};
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { internal, external, ip, protocol } of ports) {
    const key = `${internal}/${protocol ?? "tcp"}`;
    exposed[key] = {};
    bindings[key] = [...(bindings[key] ?? []), { HostIp: ip ?? "0.0.0.0", HostPort: String(external ?? 0) }];
  }
  return { exposed, bindings };
}

function volumeOptions(entries: NonNullable<ContainerInputs["volumes"]>) {
  const volumes: Record<string, object> = {};
  const binds: string[] = [];
  const volumesFrom: string[] = [];
  for (const { containerPath, fromContainer, hostPath, volumeName, readOnly, selinuxRelabel } of entries) {
    if (!fromContainer && !containerPath) throw new Error("volume entry without container path or source container");
    if (fromContainer && containerPath) throw new Error("both a container and a path specified in a volume entry");
    if (fromContainer) {
      volumesFrom.push(fromContainer);
      continue;
    }
    const source = hostPath || volumeName;
    volumes[containerPath as string] = {};
    if (source)
      binds.push(`${source}:${containerPath}:${[readOnly ? "ro" : "rw", selinuxRelabel].filter(Boolean).join(",")}`);
  }
  return { volumes, binds, volumesFrom };
}

function mountOptions(mount: NonNullable<ContainerInputs["mounts"]>[number], apiVersion: number): object {
  const { bindOptions, volumeOptions, tmpfsOptions } = mount;
  if (mount.type === "volume" && volumeOptions && apiVersion < VOLUME_OPTIONS_API) {
    throw new Error(`Setting VolumeOptions.Subpath requires docker version ${VOLUME_OPTIONS_API} or higher`);
  }
  return {
    Type: mount.type,
    Target: mount.target,
    Source: mount.source ?? "",
    ReadOnly: mount.readOnly ?? false,
    ...(mount.type === "bind" && bindOptions && { BindOptions: { Propagation: bindOptions.propagation ?? "" } }),
    ...(mount.type === "tmpfs" &&
      tmpfsOptions && { TmpfsOptions: given({ SizeBytes: tmpfsOptions.sizeBytes, Mode: tmpfsOptions.mode }) }),
    ...(mount.type === "volume" &&
      volumeOptions && {
        VolumeOptions: {
          NoCopy: volumeOptions.noCopy ?? false,
          Labels: labelMap(volumeOptions.labels),
          ...given({ Subpath: volumeOptions.subpath }),
          DriverConfig: given({ Name: volumeOptions.driverName, Options: volumeOptions.driverOptions }),
        },
      }),
  };
}

/** Without what is empty or not set: the engine then takes the image's or its own value. */
function given<Options extends object>(
  options: Options,
): { [Name in keyof Options]?: Exclude<Options[Name], undefined | ""> } {
  const isGiven = (value: unknown) =>
    value !== undefined &&
    value !== "" &&
    !(typeof value === "object" && value !== null && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(options).filter(([, value]) => isGiven(value))) as never;
}
