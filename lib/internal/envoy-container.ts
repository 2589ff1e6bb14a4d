import type * as pulumi from "@pulumi/pulumi";
import {
  ADMIN_SOCKET,
  certificateSecret,
  DENIED_FILE,
  deniedFile,
  LEAF,
  type Peers,
  ROOTS,
  rootsSecret,
} from "../envoy";
import type { CertificateAuthority, WorkloadCertificate } from "../pki";
import { CERTIFICATES, type ContainerSpec, FILES, type FileSpec, type HealthProbe } from "../platforms";

/** Image of Envoy 1.40, used unless a component is given another. */
export const ENVOY_IMAGE = "envoyproxy/envoy:v1.40.0";

/** Label of every Envoy that verifies certificates: its {@link Peers}, as JSON. */
export const PEERS_LABEL = "peers";

export interface EnvoyContainerArgs {
  name: string;
  image?: string;
  user: number;
  config: pulumi.Input<string>;
  /** Whose certificates it verifies, so that one that is denied is denied here too. */
  peers: Peers;
  /** What it shows other workloads. */
  leaf: WorkloadCertificate;
  /**
   * What it shows strangers, by name.
   * @default - none
   */
  certificates?: Record<string, WorkloadCertificate>;
  /** @default - none besides the configuration and what it trusts */
  files?: FileSpec[];
  /**
   * Whether it may be given work.
   * @default - as soon as it listens
   */
  ready?: HealthProbe;
  /**
   * Whether another container of the workload calls by it.
   * @default false
   */
  sidecar?: boolean;
}

/** An Envoy with its configuration and secrets, as every workload of ours runs it. */
export function envoyContainer(args: EnvoyContainerArgs, ca: CertificateAuthority): ContainerSpec {
  const { name, image, user, config, peers, leaf, files = [] } = args;
  const certificates = { [LEAF]: leaf, ...args.certificates };
  const shown = Object.keys(certificates).map((one) => certificateSecret(`${CERTIFICATES}/${one}`, one));
  return {
    name,
    image: image ?? ENVOY_IMAGE,
    command: [
      "/usr/local/bin/envoy",
      "--config-path",
      `${FILES}/envoy.json`,
      "--concurrency",
      "2",
      "--disable-hot-restart",
      "--log-level",
      "warning",
      // Whoever reads the log wants to see the request that was just made.
      "--file-flush-interval-msec",
      "500",
    ],
    user,
    files: [
      { name: "envoy.json", content: config },
      { name: DENIED_FILE, content: deniedFile(peers), hot: true, keep: true },
      ...rootFiles(ca),
      rootsSecret(FILES, ROOTS),
      ...shown,
      ...files,
    ],
    certificates: mounted(certificates),
    labels: { [PEERS_LABEL]: JSON.stringify(peers) },
    memoryMiB: 512,
    processes: 128,
    health: { kind: "socket", socket: ADMIN_SOCKET, path: "/ready", expect: "LIVE", alivePath: "/server_info" },
    ready: args.ready,
    sidecar: args.sidecar,
  };
}

/** Certificates in the directories of their names. */
export function mounted(certificates: Record<string, WorkloadCertificate>): ContainerSpec["certificates"] {
  return Object.entries(certificates).map(([name, after]) => ({ name, source: after.source, after }));
}

/** The roots a program trusts; its health is asked about with them too. */
export function rootFiles(ca: CertificateAuthority): FileSpec[] {
  return [{ name: `${ROOTS}.pem`, content: ca.roots, hot: true }];
}
