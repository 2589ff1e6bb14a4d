/** Settings of the Kubernetes platform. */
export interface KubernetesArgs {
  /** Where the cluster's API server is, after translation of its service's address: `kubectl get endpoints kubernetes`. */
  apiServer: ApiServerArgs;
  /**
   * What the names of namespaces and of cluster-wide objects begin with.
   * @default - the name of the component
   */
  prefix?: string;
  /**
   * How people's connections come in.
   * @default - a LoadBalancer service
   */
  entrance?: EntranceArgs;
  /**
   * Namespaces you have already, by the name of the zone they are to be. They must forbid everything that Pod Security `restricted` does.
   * @default - a new namespace for each zone
   */
  existingNamespaces?: Record<string, string>;
  /**
   * cert-manager, as it is installed.
   * @default - in the namespace cert-manager, with an issuer made here
   */
  certManager?: CertManagerArgs;
  /**
   * Cluster DNS, for what calls hosts outside.
   * @default - pods `k8s-app: kube-dns` in kube-system
   */
  dns?: DnsArgs;
  /**
   * Replicas by workload. OpenClaw has one, because its state has one writer. Guards know of each other who signed out or was revoked.
   * @default - one of each
   */
  replicas?: Record<string, number>;
  /**
   * Autoscalers by workload, for what has no state. A new guard works as soon as OpenClaw believes it; whenever the guards' number
   * changes, open WebSockets are made anew.
   * @default - none
   */
  autoscale?: Record<string, AutoscaleArgs>;
  /** @default - the cluster's default class */
  storageClass?: string;
  /**
   * Sandbox that pods run in, such as `gvisor` or `kata`.
   * @default - the cluster's
   */
  runtimeClassName?: string;
  /** @default - none besides those of the workload */
  labels?: Record<string, string>;
  /** @default - none */
  annotations?: Record<string, string>;
  /** @default - any node */
  nodeSelector?: Record<string, string>;
  /** @default - none */
  tolerations?: TolerationArgs[];
  /**
   * Names of Secrets that pull images; in each zone's namespace.
   * @default - none
   */
  imagePullSecrets?: string[];
  /**
   * Image of the helper that answers probes and keeps files that follow addresses.
   * @default "zero-trust-openclaw/workload-tools:0.1.0"
   */
  toolsImage?: string;
  /**
   * Image of the controller that tells OpenClaw the guard's addresses.
   * @default "zero-trust-openclaw/trust-controller:0.1.0"
   */
  trustControllerImage?: string;
}

/** The API server, which only the trust controller and the guards' policy administrators may ask. */
export interface ApiServerArgs {
  /** IPv4 ranges, such as `["10.0.0.1/32"]`. */
  addresses: string[];
  /** @default 6443 */
  port?: number;
}

/** What brings people's connections to the edge. */
export const EntranceKind = {
  /** A service with an address of its own. */
  LoadBalancer: "load-balancer",
  /** A port on every node. */
  NodePort: "node-port",
  /** A service inside the cluster, for what you have in front of it. */
  ClusterIp: "cluster-ip",
} as const;
export type EntranceKind = (typeof EntranceKind)[keyof typeof EntranceKind];

export interface EntranceArgs {
  /**
   * One of {@link EntranceKind}.
   * @default "load-balancer"
   */
  kind?: string;
  /**
   * The port on every node, 30000 to 32767; for `node-port` only.
   * @default - the cluster chooses
   */
  nodePort?: number;
  /**
   * IPv4 ranges that may come in.
   * @default ["0.0.0.0/0"]
   */
  from?: string[];
  /**
   * Ranges that may not, such as those of the cluster's own pods.
   * @default - none
   */
  except?: string[];
  /**
   * A proxy of yours in the cluster that alone may come in, such as an ingress controller. It must pass TLS through unread.
   * @default - none
   */
  proxy?: PodsArgs;
}

/** Pods of the company's, by namespace and labels. */
export interface PodsArgs {
  namespace: string;
  labels: Record<string, string>;
}

export interface CertManagerArgs {
  /**
   * Where it keeps what cluster-wide issuers sign with.
   * @default "cert-manager"
   */
  namespace?: string;
  /**
   * Its service account, in that namespace.
   * @default "cert-manager"
   */
  serviceAccount?: string;
}

export interface DnsArgs {
  /** @default "kube-system" */
  namespace?: string;
  /** @default { "k8s-app": "kube-dns" } */
  labels?: Record<string, string>;
  /**
   * Ports the pods listen on, for UDP and TCP alike.
   * @default [53, 1053]
   */
  ports?: number[];
}

export interface AutoscaleArgs {
  min: number;
  max: number;
  /**
   * Percent of the requested CPU above which there is one more.
   * @default 80
   */
  cpuPercent?: number;
}

/** As in a pod's `tolerations`. */
export interface TolerationArgs {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
}

export const DEFAULT_TOOLS_IMAGE = "zero-trust-openclaw/workload-tools:0.1.0";
export const DEFAULT_TRUST_CONTROLLER_IMAGE = "zero-trust-openclaw/trust-controller:0.1.0";
