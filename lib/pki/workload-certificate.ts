import * as pulumi from "@pulumi/pulumi";
import type { Perimeter } from "../perimeter";
import { spiffeId } from "../perimeter";
import { isAddress } from "../perimeter/cidr";
import { type CertificateSource, LeafUsage } from "../platforms";
import type { CertificateAuthority } from "./certificate-authority";
import { leafHours } from "./lifetime";
import { certified } from "./perimeter";

export interface WorkloadCertificateArgs {
  /** The CA that signs. */
  ca: CertificateAuthority;
  /** SPIFFE ID of a workload of the CA's perimeter, the one identity peers verify. */
  identity: string;
  /**
   * How long it lives, in whole hours such as `"24h"`; at most what the CA allows. It is renewed at two thirds of it.
   * @default - the CA's `leafLifetime`
   */
  lifetime?: string;
  /**
   * Names that clients verify instead of the identity: the workload's own, and others the perimeter gives it.
   * @default - the workload's own name
   */
  dnsNames?: string[];
  /**
   * Addresses that clients verify; the perimeter must give them to the workload.
   * @default - none
   */
  ipAddresses?: string[];
  /**
   * Which side of a connection it may take: `server`, `client` or both.
   * @default ["server", "client"]
   */
  usages?: string[];
  /**
   * Numeric user whose files certificate and key are.
   * @default 65532
   */
  user?: number;
}

const NOBODY = 65_532;

/**
 * A workload's leaf that renews itself at two thirds of its life, without a deployment: a new P-256 key each time, which is in no state
 * and which nobody but the workload can read. Files `tls.crt` and `tls.key` (mode 0400) change in one step.
 *
 * Serves requirements 52, 54, 55 and 56 (`ubos cert issue --service X --ttl 24h`).
 *
 * @throws InputPropertyError for a lifetime above the CA's, an identity that is no workload's, or a name of somebody else
 * @example
 * const leaf = new WorkloadCertificate("auth", {
 *   ca, identity: "spiffe://openclaw.internal/application/auth", lifetime: "24h",
 * });
 */
export class WorkloadCertificate extends pulumi.ComponentResource {
  /** Where certificate and key are. */
  readonly source: CertificateSource;

  constructor(name: string, args: WorkloadCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    const { ca, identity, ipAddresses = [], usages = Object.values(LeafUsage), user = NOBODY } = args;
    const { perimeter } = ca;
    const workload = workloadOf(perimeter, identity);
    const hours = args.lifetime === undefined ? ca.leafHours : leafHours(args.lifetime, "lifetime");
    if (hours > ca.leafHours)
      refuse("lifetime", `"${args.lifetime}" is longer than the CA allows; use at most "${ca.leafHours}h"`);
    const dnsNames = args.dnsNames ?? [workload.name];
    const names = [workload.name, ...(workload.names ?? [])];
    const addresses = names.filter(isAddress);
    checkNames(
      "dnsNames",
      dnsNames,
      names.filter((one) => !addresses.includes(one)),
      workload.name,
    );
    checkNames("ipAddresses", ipAddresses, addresses, workload.name);
    checkUsages(usages);
    super("zero-trust-openclaw:index:WorkloadCertificate", name, { identity, dnsNames, ipAddresses, usages }, opts);
    this.source = ca.issue(
      name,
      { workload: workload.name, identity, hours, dnsNames, ipAddresses, usages, user },
      this,
    );
    this.registerOutputs({ source: this.source });
  }
}

function workloadOf(perimeter: Perimeter, identity: string) {
  const all = certified(perimeter);
  const found = all.find(({ name }) => spiffeId(perimeter, name) === identity);
  if (found) return found;
  const known = all.map(({ name }) => spiffeId(perimeter, name)).join(", ");
  return refuse("identity", `"${identity}" is no workload of the perimeter; use one of ${known}`);
}

function checkNames(path: string, wanted: string[], own: string[], workload: string): void {
  const foreign = wanted.find((name) => !own.includes(name));
  if (foreign === undefined) return;
  const kind = path === "ipAddresses" ? "address" : "name";
  const choice = own.length > 0 ? `use ${own.join(", ")}, or add it` : "add it";
  refuse(path, `"${foreign}" is no ${kind} of "${workload}"; ${choice} to the workload's names in the perimeter`);
}

function checkUsages(usages: string[]): void {
  const known = Object.values(LeafUsage) as string[];
  const wrong = usages.find((one) => !known.includes(one));
  if (wrong !== undefined || usages.length === 0)
    refuse("usages", `${wrong === undefined ? "is empty" : `"${wrong}" is no usage`}; use "server", "client" or both`);
}

function refuse(propertyPath: string, reason: string): never {
  throw new pulumi.InputPropertyError({ propertyPath, reason });
}
