import { FILES, RUN } from "../platforms/platform";

/** Label of a renewer's container: the workload whose certificate it renews. */
export const RENEWS = "renews";

const SOCKET = ["--socket", `${RUN}/renewer.sock`];

/**
 * Commands for a renewer, to be run inside its container (on Docker the ones with the label `zero-trust-openclaw.renews`): what its
 * certificate is like, its metrics in Prometheus' format, and a renewal at once, which prints what `status` does.
 *
 * Serves requirement 52.
 *
 * @example
 * execFileSync("docker", ["exec", container, ...renewerCommand("status")]);
 */
export function renewerCommand(what: "status" | "metrics" | "renew"): string[] {
  return ["/zt-renewer", what, ...SOCKET];
}

/** What a renewer says of its certificate. */
export interface CertificateStatus {
  workload: string;
  identity: string;
  serial: string;
  issuedAt: string;
  notAfter: string;
  lifetimeSeconds: number;
  remainingSeconds: number;
  /** 1 when it was just issued, 0 when it ends. */
  remainingRatio: number;
  renewals: number;
  failures: number;
  lastFailure?: string;
  ready: boolean;
}

/** What to ask the issuer for besides what the workload has anyway. It decides. */
export interface Wish {
  /** Such as `"24h"`. @default - the workload's */
  lifetime?: string;
  /** @default - the workload's */
  uris?: string[];
  /** @default - the workload's */
  dnsNames?: string[];
  /** `server`, `client`. @default - the workload's */
  usages?: string[];
}

/**
 * The command that asks the issuer for one more certificate of a renewer's workload, for a program outside of the deployment. It prints
 * `{"certificate", "privateKey"}` as PEM; the certificate in use stays. What the workload may not have is refused by the issuer.
 *
 * Serves requirement 54 (`ubos cert issue --service X --ttl 24h`).
 */
export function issueCommand({ lifetime, uris = [], dnsNames = [], usages = [] }: Wish = {}): string[] {
  const options = (name: string, values: string[]) => values.flatMap((value) => [`--${name}`, value]);
  return [
    "/zt-renewer",
    "issue",
    "--config",
    `${FILES}/renewer.json`,
    ...options("lifetime", lifetime === undefined ? [] : [lifetime]),
    ...options("uri", uris),
    ...options("dns", dnsNames),
    ...options("usage", usages),
  ];
}
