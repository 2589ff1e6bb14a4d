import type { LoginKind } from "../access/login";
import type { Role } from "../access/role";
import type { AgentPosture } from "../openclaw/posture";
import type { Perimeter } from "../perimeter/model";

/** Format of snapshots that is written, and the newest that is read. */
export const SNAPSHOT_FORMAT = 1;

/**
 * What one deployment lets reach what, as plain data without secrets: two of them can be compared later, elsewhere, without an engine.
 * Made by `ZeroTrustOpenClaw`, read back by `parseSnapshot`.
 */
export interface Snapshot {
  /** `SNAPSHOT_FORMAT`, of the release that wrote it. */
  format: number;
  /** Pulumi's project and stack. */
  project: string;
  stack: string;
  perimeter: Perimeter;
  /** Hours that internal certificates live. */
  leafHours: number;
  entrance: Entrance;
  /** What signs people in. */
  login: LoginKind;
  /** Who says who people are. */
  identityProvider: IdentityProviderSnapshot;
  roles: Role[];
  agent: AgentPosture;
  /**
   * SHA-256 of all the rest, in hexadecimal. It tells that somebody edited the snapshot by hand; it is no signature, for who wants to
   * deceive can compute it too.
   */
  digest: string;
}

/** How people's connections come in. */
export interface Entrance {
  /** What people open. */
  url: string;
  /** From where connections are possible at all: this machine, the cluster, or whoever reaches a node or the load balancer. */
  kind: EntranceReach;
  /** IPv4 ranges that may come in; those of `except` may not. */
  from: string[];
  except: string[];
  /** The proxy that alone may come in, such as `ingress/app=proxy`; undefined if everybody in `from` may. */
  proxy?: string;
  /** True if what is in front ends people's TLS, and so reads everything. */
  tlsEndsInFront?: boolean;
}

/** From the narrowest to the widest; from `node-port` on all are reached by whoever has a way to the cluster. */
export const EntranceReach = {
  Loopback: "loopback",
  ClusterIp: "cluster-ip",
  NodePort: "node-port",
  LoadBalancer: "load-balancer",
  Ingress: "ingress",
  Gateway: "gateway",
} as const;
export type EntranceReach = (typeof EntranceReach)[keyof typeof EntranceReach];
export const ENTRANCE_REACH = Object.values(EntranceReach);

/** What of the identity provider decides who gets in. */
export interface IdentityProviderSnapshot {
  /** Issuer URL, or `demo`. */
  issuer: string;
  /** Clients whose tokens are believed. */
  audiences: string[];
  /** Where the keys are that tokens are verified with; undefined if the provider's discovery document says so. */
  jwks?: string;
  groupsClaim: string;
  acceptUnverifiedEmail: boolean;
  /** What counts as a second factor. */
  mfa: SecondFactor;
}

/** Values of a token's claims, any of which says that there was a second factor. */
export interface SecondFactor {
  amr: string[];
  acr: string[];
}

/** How much a finding matters, the worst first. */
export const SEVERITIES = ["critical", "high", "medium", "low", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** One difference between two deployments. */
export interface Finding {
  /** What kind of difference, such as `hosts-widened`; one of `RULES`. */
  rule: string;
  severity: Severity;
  /** The difference in a few words; the same for all findings of a rule, so nothing in it comes from input. */
  title: string;
  /** Why it matters, or what stops working; the same for all findings of a rule. */
  reason: string;
  /** What differs, such as `egress → internet:443`. Comes from input. */
  subject: string;
  /** What was, sorted; empty if nothing was. Comes from input. */
  before: string[];
  /** What is now, sorted; empty if nothing is. Comes from input. */
  after: string[];
}

/** Everything that differs between two deployments. */
export interface Review {
  project: string;
  stack: string;
  /** True if there was nothing to compare with. */
  first: boolean;
  /** The worst first; in an order that depends on nothing but the two deployments' content. */
  findings: Finding[];
  /** The part of the perimeter that differs, for a picture. */
  changed: ChangedPart;
}

/** Workloads and flows that came, went or changed, with the workloads that such flows join. */
export interface ChangedPart {
  workloads: { name: string; zone: string; mark: Mark }[];
  flows: { from: string; to: string; label: string[]; mark: Mark }[];
}

export const MARKS = ["added", "removed", "changed", "same"] as const;
export type Mark = (typeof MARKS)[number];
