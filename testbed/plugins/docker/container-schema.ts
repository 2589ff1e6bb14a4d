/** What the stand-in knows of a container. Devices, GPUs and block I/O limits are left to the official plugin. */
import type { ContainerArgs } from "@pulumi/docker";
import type { Unwrap } from "@pulumi/pulumi";
import {
  allReplace,
  type Fields,
  flag,
  list,
  map,
  number,
  object,
  type PropertySpec,
  type ResourceSpec,
  set,
  text,
} from "../schema";
import { parseDuration } from "./duration";

type Unknown =
  | "deviceCgroupRules"
  | "deviceReadBps"
  | "deviceReadIops"
  | "deviceRequests"
  | "deviceWriteBps"
  | "deviceWriteIops"
  | "devices"
  | "gpus";

export type ContainerInputs = Omit<Unwrap<ContainerArgs>, Unknown>;

export interface NetworkData {
  readonly networkName: string;
  readonly ipAddress: string;
  readonly ipPrefixLength: number;
  readonly gateway: string;
  readonly globalIpv6Address: string;
  readonly globalIpv6PrefixLength: number;
  readonly ipv6Gateway: string;
  readonly macAddress: string;
}

export type ContainerState = ContainerInputs & {
  readonly bridge?: string;
  readonly containerLogs?: string;
  readonly exitCode?: number;
  readonly networkDatas?: readonly NetworkData[];
};

const matches = (pattern: RegExp, what: string) => (value: string) =>
  pattern.test(value) ? undefined : `must be ${what}`;
const atLeast = (least: number) => (value: number) => (value >= least ? undefined : `must be at least ${least}`);
const absolute = matches(/^\//, "an absolute path");
const duration = text({
  default: "0s",
  check: (value: string) => (parseDuration(value) === undefined ? 'must be a duration such as "1m30s"' : undefined),
});
const LABEL: Fields = { label: text({ required: true }), value: text({ required: true }) };

/** A change makes a new container: nearly everything. */
const REPLACES = allReplace({
  capabilities: object({ adds: set(), drops: set() }),
  cgroupParent: text(),
  cgroupnsMode: text({ check: matches(/^(private|host)$/, "private or host") }),
  command: list({
    computed: true,
    check: (words: string[]) => (words.includes("") ? "may not hold empty values" : undefined),
  }),
  cpus: text(),
  dns: set(),
  dnsOpts: set(),
  dnsSearches: set(),
  domainname: text(),
  entrypoints: list({ computed: true }),
  envs: set({ computed: true }),
  groupAdds: set(),
  hostname: text({ computed: true }),
  hosts: set({ fields: { host: text({ required: true }), ip: text({ required: true }) } }),
  image: text({ required: true }),
  ipcMode: text({ computed: true }),
  labels: set({ computed: true, fields: LABEL }),
  logDriver: text({ computed: true }),
  logOpts: map(),
  mounts: set({
    fields: {
      bindOptions: object({ propagation: text() }),
      readOnly: flag(),
      source: text(),
      target: text({ required: true }),
      tmpfsOptions: object({ mode: number(), sizeBytes: number() }),
      type: text({ required: true, check: matches(/^(bind|volume|tmpfs)$/, "bind, volume or tmpfs") }),
      volumeOptions: object({
        driverName: text(),
        driverOptions: map(),
        labels: set({ fields: LABEL }),
        noCopy: flag(),
        subpath: text(),
      }),
    },
  }),
  name: text({ required: true }),
  networkMode: text({ default: "bridge" }),
  networksAdvanced: set({
    fields: {
      aliases: set(),
      driverOpts: set(),
      gwPriority: number(),
      ipv4Address: text(),
      ipv6Address: text(),
      linkLocalIps: set(),
      macAddress: text(),
      name: text({ required: true }),
    },
  }),
  pidMode: text(),
  platform: text({ computed: true }),
  ports: list({
    fields: {
      external: number({ computed: true }),
      internal: number({ required: true }),
      ip: text({ default: "0.0.0.0" }),
      protocol: text({ default: "tcp" }),
    },
  }),
  privileged: flag(),
  publishAllPorts: flag(),
  readOnly: flag({ default: false }),
  runtime: text({ computed: true }),
  securityOpts: set({ computed: true }),
  shmSize: number({ computed: true, check: atLeast(0) }),
  stdinOpen: flag({ default: false }),
  stopSignal: text({ computed: true }),
  stopTimeout: number({ computed: true }),
  storageOpts: map(),
  sysctls: map(),
  tty: flag({ default: false }),
  ulimits: set({
    fields: { hard: number({ required: true }), name: text({ required: true }), soft: number({ required: true }) },
  }),
  uploads: set({
    fields: {
      content: text(),
      contentBase64: text(),
      executable: flag(),
      file: text({ required: true }),
      group: text({ check: matches(/^\d+$/, "a numeric id (names need the official plugin)") }),
      owner: text({ check: matches(/^\d+$/, "a numeric id (names need the official plugin)") }),
      permissions: text({ check: matches(/^0[0-7]{3}$/, "four octal digits that begin with 0") }),
      source: text(),
      sourceHash: text(),
    },
  }),
  // Both are also filled in from the image; leaving them out is no change.
  user: text({ computed: true }),
  workingDir: text({ computed: true }),
  usernsMode: text(),
  volumes: set({
    fields: {
      containerPath: text(),
      fromContainer: text(),
      hostPath: text({ check: absolute }),
      readOnly: flag(),
      selinuxRelabel: text({ check: matches(/^[zZ]$/, "z or Z") }),
      volumeName: text(),
    },
  }),
});

/** Changed on the running container. */
const UPDATES: Fields = {
  cpuSet: text(),
  cpuShares: number({ check: atLeast(0) }),
  maxRetryCount: number(),
  memory: number({ check: atLeast(0) }),
  memoryReservation: number({ default: 0, check: atLeast(0) }),
  memorySwap: number({ check: atLeast(-1) }),
  restart: text({
    default: "no",
    check: matches(/^(no|on-failure|always|unless-stopped)$/, "no, on-failure, always or unless-stopped"),
  }),
};

/** Recorded by the official plugin as changed in place, although the container it already made stays as it is. */
const WITHOUT_EFFECT: Fields = {
  cpuPeriod: number({ check: atLeast(0) }),
  cpuQuota: number({ check: atLeast(0) }),
  healthcheck: object(
    {
      interval: duration,
      retries: number({ default: 0, check: atLeast(0) }),
      startInterval: duration,
      startPeriod: duration,
      tests: list(),
      timeout: duration,
    },
    { computed: true },
  ),
  init: flag({ computed: true }),
  rm: flag({ default: false }),
  tmpfs: map(),
};

/** Instructions to the plugin itself. */
const HANDLING: Fields = {
  attach: flag({ default: false }),
  containerReadRefreshTimeoutMilliseconds: number({ default: 15000 }),
  destroyGraceSeconds: number(),
  logs: flag({ default: false }),
  mustRun: flag({ default: true }),
  removeVolumes: flag({ default: true }),
  start: flag({ default: true }),
  wait: flag({ default: false }),
  waitTimeout: number({ default: 60 }),
};

export const CHANGED_IN_PLACE: readonly string[] = Object.keys(UPDATES);
export const CHANGED_WITHOUT_EFFECT: readonly string[] = Object.keys(WITHOUT_EFFECT);

const INPUTS = { ...REPLACES, ...UPDATES, ...WITHOUT_EFFECT, ...HANDLING } satisfies Fields as Record<
  keyof ContainerInputs,
  PropertySpec
>;

export const CONTAINER_SPEC: ResourceSpec = {
  autoname: true,
  deleteBeforeReplace: true,
  inputs: INPUTS,
  outputs: {
    bridge: text(),
    containerLogs: text(),
    exitCode: number(),
    networkDatas: list({
      fields: {
        gateway: text(),
        globalIpv6Address: text(),
        globalIpv6PrefixLength: number(),
        ipAddress: text(),
        ipPrefixLength: number(),
        ipv6Gateway: text(),
        macAddress: text(),
        networkName: text(),
      },
    }),
  },
};
