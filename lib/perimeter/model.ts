/**
 * The perimeter: who may talk to whom, as whom, and which credential is held where. Plain data, so that networks, certificates,
 * Envoy matches, probes and pictures can all be derived from the one description.
 */

/** A part of the system whose members are trusted to the same degree. */
export interface Zone {
  /** A DNS label, unique in the perimeter. */
  name: string;
  /** What lives here, in one sentence. */
  purpose?: string;
  /**
   * IPv4 range the Docker platform carves its networks from; Kubernetes ignores it.
   * @default - the platform chooses
   */
  cidr?: string;
}

/** A program with one identity, in one zone. */
export interface Workload {
  /** A DNS label, unique in the perimeter. */
  name: string;
  /** Name of the zone it lives in. */
  zone: string;
  /** Named TCP ports it listens on; a flow can only go to one of these. */
  ports: Record<string, number>;
  /** Names of the credentials it holds. */
  credentials?: string[];
  /**
   * Host names and addresses it is reached by besides its own name, such as the public one. Its certificates may carry them, and
   * nobody else's may.
   * @default - its own name only
   */
  names?: string[];
  /**
   * IPv4 ranges it is at, for something that is there already and is not run by a component, such as the API server of a cluster.
   * @default - run by a component
   */
  addresses?: string[];
}

/** The outside: browsers that come in, hosts that are called. Not a workload, has no identity. */
export const INTERNET = "internet";

/** How the caller of a flow proves who it is. */
export const Authentication = {
  /** Both sides present a certificate, each pins the other's identity. */
  Mtls: "mtls",
  /** As `mtls`, and the request carries a token of the identity provider that the callee verifies. */
  MtlsJwt: "mtls+jwt",
  /** The callee proves itself by TLS; the request carries a token or session that it verifies. */
  TlsJwt: "tls+jwt",
  /** The callee proves itself by TLS; the caller is authenticated by a credential inside the stream (an API key, a client secret). */
  TlsCredential: "tls+credential",
  /** The callee proves itself by TLS and is pinned; the caller is known by its exact address only. */
  TlsAddress: "tls+address",
  /** Nothing is proven. Only allowed inside one zone. */
  None: "none",
} as const;
export type Authentication = (typeof Authentication)[keyof typeof Authentication];

/** One permitted conversation. No flow, no packet. */
export interface Flow {
  /** Name of the workload that opens the connection, or `internet`. */
  from: string;
  /** Name of the workload that accepts it, or `internet`. */
  to: string;
  /** Name of a port of `to`; for flows to `internet` the port number as text, such as `"443"`. */
  port: string;
  /** Host names a flow to `internet` may reach. Required there, not allowed elsewhere. */
  hosts?: string[];
  /**
   * Private ranges the hosts may be in, besides public addresses. Only for flows to `internet`.
   * @default - public addresses only
   */
  ranges?: string[];
  /** How the caller proves who it is. */
  authentication: Authentication;
  /** Why the flow exists, in one sentence. */
  purpose: string;
}

/** Something worth stealing. */
export interface Credential {
  /** A DNS label, unique in the perimeter. */
  name: string;
  /** What it opens, in one sentence. */
  opens: string;
}

/** Zones, workloads, flows and credentials of one deployment. */
export interface Perimeter {
  /** SPIFFE trust domain, such as `openclaw.internal`. */
  trustDomain: string;
  zones: Zone[];
  workloads: Workload[];
  flows: Flow[];
  credentials: Credential[];
}
