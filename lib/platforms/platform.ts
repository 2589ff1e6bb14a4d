import type * as pulumi from "@pulumi/pulumi";
import type { Perimeter } from "../perimeter";
import type { Entrance } from "../review/types";

/** Where every container finds its files. One directory, because Envoy and OpenClaw watch it for the atomic swap. */
export const FILES = "/files";

/** Where a container finds its certificates: a directory for each, with `tls.crt` and `tls.key`. */
export const CERTIFICATES = "/certificates";

/** Where a container finds files that follow a caller's addresses, see {@link FileSpec.follows}. */
export const FOLLOWED = "/followed";

/** Where a container may keep sockets and other things that need not survive it. */
export const RUN = "/run/workload";

/** A file one container gets: owned by its user, mode 0400, in {@link FILES}. */
export type FileSpec = MadeFile | ExistingFile;

/** A file that the deployment makes. */
export interface MadeFile extends NamedFile {
  /** Secret contents stay secret in the state and never appear in the container's description. */
  content: pulumi.Input<string>;
}

/** A file with a credential that is there already, so that its content is in no state. */
export interface ExistingFile extends NamedFile {
  /** Name of the credential in the perimeter, one of {@link Platform.existingCredentials}. */
  credential: string;
}

interface NamedFile {
  /** Plain file name. */
  name: string;
  /**
   * True if the program notices a swapped file by itself; otherwise a change restarts the container.
   * @default false
   */
  hot?: boolean;
  /**
   * True if the content is for the beginning only: what was put there since stays.
   * @default false
   */
  keep?: boolean;
  /**
   * The file is JSON, and a list in it names the addresses of a caller, which change. The container finds it in {@link FOLLOWED}, where it
   * is replaced whenever they do.
   * @default - no; needed where {@link Segments.sourceOf} knows no address
   */
  follows?: FollowedCaller;
}

/** Whether the deployment makes a file. */
export function isMade(file: FileSpec): file is MadeFile {
  return "content" in file;
}

/** A list of addresses in a JSON file, kept equal to those of a caller. */
export interface FollowedCaller {
  /** Name of the caller in the perimeter. */
  caller: string;
  /** Where the list is, such as `gateway.trustedProxies`. */
  list: string;
}

/** Where the certificate of a workload is, which changes there when it is renewed. */
export interface CertificateSource {
  /** Docker: name of the volume with `tls.crt` and `tls.key`. */
  volume?: pulumi.Output<string>;
  /** Kubernetes: name of the Secret with them, in the namespace of the workload's zone. */
  secret?: string;
}

/** Which side of a connection a certificate may take. */
export const LeafUsage = { Server: "server", Client: "client" } as const;
export type LeafUsage = (typeof LeafUsage)[keyof typeof LeafUsage];

/** What a CA issues with. */
export interface AuthoritySpec {
  /** PEM of the roots peers trust. */
  roots: pulumi.Input<string>;
  /** The intermediate that signs; none where {@link Platform.issuerRoots} says that another issuer does. */
  signer?: SignerSpec;
  /** Longest life of a leaf. */
  maxHours: number;
  /** Image of the issuer. */
  image?: string;
}

/** An intermediate. */
export interface SignerSpec {
  /** PEM of its certificate, and of what leads from it to a root. */
  chain: pulumi.Input<string>;
  /** PEM of its key; a secret. */
  key: pulumi.Input<string>;
}

/** One certificate that is to be kept fresh. */
export interface CertificateSpec {
  /** Name in the perimeter. */
  workload: string;
  identity: string;
  hours: number;
  dnsNames: string[];
  ipAddresses: string[];
  usages: string[];
  /** Numeric user whose files they are. */
  user: number;
}

/** A CA at work in one network. */
export interface Authority {
  perimeter: Perimeter;
  /** Keeps a certificate fresh from now on. */
  issue(name: string, spec: CertificateSpec, parent: pulumi.Resource): CertificateSource;
}

/** How the platform finds out that a container works, from inside it. */
export type HealthProbe =
  | HttpsProbe
  | SocketProbe
  /** For a program that knows by itself, and that notices when its place in the network is gone. */
  | { kind: "command"; command: string[]; everySeconds: number }
  /** For a program that speaks neither: its port is open. */
  | { kind: "tcp"; address: pulumi.Input<string>; port: number };

/** Asks an https port of the workload. */
export interface HttpsProbe {
  kind: "https";
  address: pulumi.Input<string>;
  port: number;
  serverName: string;
  /** Answers well when the container can do its work. */
  path: string;
  expect: string;
  /**
   * Answers well as soon as it has started.
   * @default - `path`
   */
  startedPath?: string;
  /**
   * Answers well unless only a restart would help.
   * @default - `path`
   */
  alivePath?: string;
}

/** Asks a socket of the container. */
export interface SocketProbe {
  kind: "socket";
  socket: string;
  /** Answers well when the container can do its work. */
  path: string;
  expect: string;
  /**
   * Answers with anything unless only a restart would help.
   * @default - `path`
   */
  alivePath?: string;
}

/** Storage that outlives the container. */
export interface StateVolume {
  name: string;
  path: string;
  /**
   * Name of the storage on the platform. A volume of this name that was kept from an earlier deployment is used again.
   * @default - a new name each time
   */
  keptAs?: string;
  /**
   * True if what is in it is not worth keeping when everything else is taken down.
   * @default false
   */
  passing?: boolean;
}

/** A small record that all replicas of a workload keep together; see {@link Segments.recordOf}. */
export interface SharedRecord {
  /** Its name among those of the workload. */
  name: string;
  /**
   * Name of the record on the platform, if it is there already and is to stay when everything else is taken down.
   * @default - a new one
   */
  keptAs?: string;
}

/** Where a program finds a shared record: a Secret of Kubernetes. */
export interface RecordPlace {
  namespace: string;
  name: string;
}

/** A certificate of a container. */
export interface MountedCertificate {
  /** Name of its directory. */
  name: string;
  source: CertificateSource;
  /** What keeps it fresh: the container starts after that, and does not end with it. */
  after: pulumi.Resource;
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
  /**
   * Certificates, each in the directory of its name in {@link CERTIFICATES}.
   * @default - none
   */
  certificates?: MountedCertificate[];
  /**
   * Capabilities it cannot start without, such as `CAP_NET_BIND_SERVICE`.
   * @default - none
   */
  capabilities?: string[];
  /**
   * What tools find it by, besides its name.
   * @default - nothing
   */
  labels?: Record<string, string>;
  /** Settings that are no secrets. */
  environment?: Record<string, string>;
  /** Directories in memory the program may write to, besides {@link RUN}. */
  scratch?: string[];
  state?: StateVolume;
  /**
   * The container alone may read and write it.
   * @default - none
   */
  record?: SharedRecord;
  memoryMiB: number;
  /** Processes and threads, together. */
  processes: number;
  /** A deployment waits until it succeeds. */
  health: HealthProbe;
  /**
   * Whether it may be given work, where that is another question than whether it works.
   * @default - `health`
   */
  ready?: HealthProbe;
  /**
   * True if the others of its workload cannot do without it: it starts before them and ends after them.
   * @default false
   */
  sidecar?: boolean;
  /** @default 10 */
  stopGraceSeconds?: number;
}

/** What to run for one workload of the perimeter. Containers of one workload share its network address. */
export interface WorkloadSpec {
  /** Name in the perimeter. */
  workload: string;
  containers: ContainerSpec[];
  /** Opens the workload's entrance on the machine (Docker) or the cluster (Kubernetes). */
  publish?: PublishSpec;
}

/** What people come in by. */
export interface PublishSpec {
  /** Where the workload listens. */
  port: number;
  /** Which port they call. */
  hostPort: number;
  /** Name by which they call. */
  host: string;
  /** PEM by which whoever stands between them and the workload verifies the workload. */
  roots: pulumi.Input<string>;
}

/** How a workload that people reach learns their addresses. */
export const ClientAddress = {
  /** From the connection: nobody stands between, or nobody who changes it. */
  Connection: "connection",
  /** From the header of the PROXY protocol that each connection begins with. */
  ProxyProtocol: "proxy-protocol",
  /** From `X-Forwarded-For`, whose last address is set by the one who ended their TLS. */
  Forwarded: "forwarded",
  /** Not at all: everybody has the address of what stands between. */
  Unknown: "unknown",
} as const;
export type ClientAddress = (typeof ClientAddress)[keyof typeof ClientAddress];

/** The flows of a perimeter, realised. */
export interface Segments {
  perimeter: Perimeter;
  /** Where `from` calls `to`. */
  addressOf(from: string, to: string): pulumi.Input<string>;
  /** Where `to` listens for the flow that comes from `from` (a workload, or `internet`). */
  listenOf(from: string, to: string): pulumi.Input<string>;
  /** The address `from` uses when it calls `to`; undefined where the platform cannot fix it. */
  sourceOf(from: string, to: string): pulumi.Input<string> | undefined;
  /** Where replicas of a workload keep a record together; undefined where there is one of each, with a volume. */
  recordOf(workload: string, record: SharedRecord): RecordPlace | undefined;
}

/** What a platform does for the components. It refuses what it cannot enforce. */
export interface Platform {
  /** How people's connections come in. */
  entrance: Omit<Entrance, "url">;
  /** The perimeter with what the platform itself runs to keep it, such as the issuer of certificates. */
  complete(perimeter: Perimeter): Perimeter;
  /**
   * Returns if this perimeter can be realised with the platform's settings.
   * @throws InputPropertiesError naming everything that is wrong
   */
  check(name: string, perimeter: Perimeter): void;
  /** How the workload that people reach learns their addresses. */
  clientAddress: ClientAddress;
  /** PEM of the roots above an issuer that is there already, where there is one; then nothing of a CA is made. */
  issuerRoots?: string;
  /** Credentials of the perimeter that are there already, where their holders run; nobody gives them to the deployment. */
  existingCredentials: readonly string[];
  /** What the perimeter lacks for certificates to be issued; undefined if nothing. */
  issuerProblem(perimeter: Perimeter): string | undefined;
  /** Creates the networks or policies for every zone and flow. */
  segment(name: string, perimeter: Perimeter, parent: pulumi.Resource): Segments;
  /** Issues certificates for the workloads of a perimeter. */
  authority(name: string, segments: Segments, spec: AuthoritySpec, parent: pulumi.Resource): Authority;
  /** Runs a workload where only its declared flows reach it. The resources are what others may depend on. */
  run(name: string, segments: Segments, spec: WorkloadSpec, parent: pulumi.Resource): pulumi.Resource[];
}
