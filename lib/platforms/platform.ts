import type * as pulumi from "@pulumi/pulumi";
import type { Perimeter } from "../perimeter";

/** Where every container finds its files. One directory, because Envoy and OpenClaw watch it for the atomic swap. */
export const FILES = "/files";

/** Where a container may keep sockets and other things that need not survive it. */
export const RUN = "/run/workload";

/** A file one container gets: owned by its user, mode 0400, in {@link FILES}. */
export interface FileSpec {
  /** Plain file name. */
  name: string;
  /** Secret contents stay secret in the state and never appear in the container's description. */
  content: pulumi.Input<string>;
  /**
   * True if the program notices a swapped file by itself; otherwise a change restarts the container.
   * @default false
   */
  hot?: boolean;
}

/** How the platform finds out that a container works, from inside it. */
export type HealthProbe =
  | { kind: "https"; address: pulumi.Input<string>; port: number; serverName: string; path: string; expect: string }
  | { kind: "socket"; socket: string; path: string; expect: string }
  /** For a program that speaks neither: its port is open. */
  | { kind: "tcp"; address: pulumi.Input<string>; port: number };

/** Storage that outlives the container. */
export interface StateVolume {
  name: string;
  path: string;
  /**
   * Name of the storage on the platform. A volume of this name that was kept from an earlier deployment is used again.
   * @default - a new name each time
   */
  keptAs?: string;
}

/** One program of a workload. */
export interface ContainerSpec {
  /** DNS label, unique in the workload. */
  name: string;
  /** Reference, best with a digest. */
  image: string;
  /** The whole command line; the image's own entry point is not used. */
  command: pulumi.Input<string>[];
  /**
   * Numeric user and group. Unlike every other container's, so that files, and on Docker the limit of processes, are its own.
   */
  user: number;
  files: FileSpec[];
  /** Settings that are no secrets. */
  environment?: Record<string, string>;
  /** Directories in memory the program may write to, besides {@link RUN}. */
  scratch?: string[];
  state?: StateVolume;
  memoryMiB: number;
  /** Processes and threads, together. */
  processes: number;
  health: HealthProbe;
  /** @default 10 */
  stopGraceSeconds?: number;
}

/** What to run for one workload of the perimeter. Containers of one workload share its network address. */
export interface WorkloadSpec {
  /** Name in the perimeter. */
  workload: string;
  containers: ContainerSpec[];
  /** Opens the workload's entrance on the machine (Docker) or the cluster (Kubernetes). */
  publish?: { port: number; hostPort: number };
}

/** The flows of a perimeter, realised. */
export interface Segments {
  perimeter: Perimeter;
  /** Where `to` accepts the flow that comes from `from` (a workload, or `internet`). */
  addressOf(from: string, to: string): pulumi.Input<string>;
  /** The address `from` uses when it calls `to`; undefined where the platform cannot fix it. */
  sourceOf(from: string, to: string): pulumi.Input<string> | undefined;
}

/** What a platform does for the components. It refuses what it cannot enforce. */
export interface Platform {
  /** Creates the networks or policies for every zone and flow. */
  segment(name: string, perimeter: Perimeter, parent: pulumi.Resource): Segments;
  /** Runs a workload where only its declared flows reach it. The resources are what others may depend on. */
  run(name: string, segments: Segments, spec: WorkloadSpec, parent: pulumi.Resource): pulumi.Resource[];
}
