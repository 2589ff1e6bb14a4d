/** Settings of the Kubernetes platform. */
export interface KubernetesArgs {
  /**
   * Where the cluster's API server is, after translation of its service's address: `kubectl get endpoints kubernetes`.
   * @default - required for OpenClaw; a network alone needs nobody who asks it
   */
  apiServer?: ApiServerArgs;
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
   * Pods you run already, such as those of a Deployment: by the name of the workload they are to be, all labels they are known by. They
   * are selected and denied by these; nothing of theirs is changed. Each is in a namespace of `existingNamespaces`.
   * @default - every workload is run by a component
   */
  existingPods?: Record<string, Record<string, string>>;
  /**
   * Secrets that hold credentials already, by the credential's name in the perimeter, such as `client-secret`, `cookie-key` and
   * `model-openai`. They are in the namespace of the zone that the holder is in; if that is not one of `existingNamespaces`, pods wait
   * until whoever keeps them has put them there. They are mounted and never read, so that nothing of them is in the program, its settings
   * or its state, and the edge and the egress gateway use a changed one without a restart.
   * @default - credentials are given to the deployment, and kept in its state, encrypted
   */
  existingSecrets?: Record<string, SecretKeyArgs>;
  /**
   * The same for credentials in a store that the operator of External Secrets (external-secrets.io, API `v1`) can read: it is told where
   * they are, and brings them to their holders.
   * @default - none
   */
  externalSecrets?: ExternalSecretsArgs;
  /**
   * Refuse every credential that is neither in `existingSecrets` nor in `externalSecrets`. The internal CA's key is another matter: an
   * issuer of your own, `certManager.issuer`, keeps that out of the state.
   * @default false
   */
  requireSecretStore?: boolean;
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
  /** An ingress controller you have, told by an `Ingress`. */
  Ingress: "ingress",
  /** A gateway you have, told by a route of the Gateway API. */
  Gateway: "gateway",
} as const;
export type EntranceKind = (typeof EntranceKind)[keyof typeof EntranceKind];

export interface EntranceArgs {
  /**
   * One of `EntranceKind`.
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
   * Pods of a proxy of yours in the cluster that alone may come in. It must pass TLS through unread, unless `terminatesTls` says otherwise.
   * @default - none; required for `ingress` and `gateway`, whose controller it is
   */
  proxy?: PodsArgs;
  /**
   * Class of the ingress controller; for `ingress`, which needs it.
   * @default - none
   */
  className?: string;
  /**
   * What tells the ingress controller how it passes TLS through, or with `terminatesTls` how it encrypts anew: an `Ingress` has no field
   * for either. For `ingress`, which needs it. With ingress-nginx, started with `--enable-ssl-passthrough`:
   * `{ "nginx.ingress.kubernetes.io/ssl-passthrough": "true" }`.
   * @default - none
   */
  annotations?: Record<string, string>;
  /**
   * The gateway that people reach; for `gateway`, which needs it.
   * @default - none
   */
  gateway?: GatewayArgs;
  /**
   * True if what is in front begins each connection with a header of the PROXY protocol, 1 or 2, that says where it comes from. Then limits
   * count by people's own addresses, and connections without the header are refused. For entrances that `proxy` or `from` narrows.
   * @default false
   */
  proxyProtocol?: boolean;
  /**
   * The controller ends people's TLS and encrypts anew to the edge. **It then reads everything**: passwords in forms of your own provider
   * under this host, session cookies, tokens, every word of a conversation; and who holds it can speak for everybody. For `ingress` and
   * `gateway`.
   * @default - TLS is passed through, and only the edge can end it
   */
  terminatesTls?: TerminatesTlsArgs;
}

/** A gateway of the Gateway API. Its listener must let routes of the edge's namespace attach. */
export interface GatewayArgs {
  name: string;
  namespace: string;
  /**
   * Name of its listener: one of protocol TLS, mode Passthrough, or with `terminatesTls` one of protocol HTTPS.
   * @default - any that takes the route
   */
  sectionName?: string;
  /**
   * Version of the API by which it takes TLS routes: Gateway API 1.5 and newer have `v1`, older ones `v1alpha2` or `v1alpha3`.
   * @default "v1"
   */
  tlsRouteVersion?: string;
}

/** Who ends people's TLS, if not the edge. */
export interface TerminatesTlsArgs {
  /**
   * Issuer of cert-manager whose certificate the controller shows; for `ingress`, which needs it. It may be one of ACME with the challenge
   * DNS-01. A gateway has the certificate in its listener.
   * @default - none
   */
  issuer?: IssuerRefArgs;
}

/** Pods of the company's, by namespace and labels. */
export interface PodsArgs {
  namespace: string;
  labels: Record<string, string>;
}

/** One value of a Secret. */
export interface SecretKeyArgs {
  /** Of the Secret. */
  name: string;
  /** In its data. */
  key: string;
}

/** What the operator of External Secrets is told. */
export interface ExternalSecretsArgs {
  store: SecretStoreRefArgs;
  /** By the credential's name in the perimeter. */
  values: Record<string, RemoteValueArgs>;
  /**
   * How often the store is asked again, such as `"15m"`.
   * @default "1h"
   */
  refresh?: string;
}

export interface SecretStoreRefArgs {
  name: string;
  /**
   * `ClusterSecretStore`, or `SecretStore`: then there is one of this name in the namespace of each holder.
   * @default "ClusterSecretStore"
   */
  kind?: string;
}

/** Where a value is in the store. */
export interface RemoteValueArgs {
  key: string;
  /** @default - all that the key holds */
  property?: string;
  /** @default - the newest */
  version?: string;
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
  /**
   * An issuer you have, instead of one made here: then no key of a CA is in the state or made by the deployment.
   * @default - one made here, which signs for this deployment alone
   */
  issuer?: ExistingIssuerArgs;
}

/** An issuer of cert-manager, of its own kinds or of somebody else's. */
export interface IssuerRefArgs {
  name: string;
  /** @default "ClusterIssuer" */
  kind?: string;
  /** @default "cert-manager.io" */
  group?: string;
}

/**
 * An issuer you have. It must sign URIs (`spiffe://…`) as names, and certificates of 24 hours: the kinds CA and Vault do, ACME does not.
 * Whoever else signs under its roots could name our workloads too, so the trust domain must be this deployment's own.
 */
export interface ExistingIssuerArgs extends IssuerRefArgs {
  /** PEM of the roots above it, and of no intermediate. Peers trust them and nothing else. */
  roots: string[];
  /**
   * Users of the cluster, such as `system:serviceaccount:istio-system:istio-csr`, that go on making CertificateRequests of their own at this
   * issuer. No rule can look into those, so that they could ask for our names too.
   * @default - none: others ask by Certificates
   */
  requesters?: string[];
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
