import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { CertificateAuthority } from "./certificate-authority";

export interface WorkloadCertificateArgs {
  /** The CA that signs. */
  ca: CertificateAuthority;
  /** SPIFFE ID, the one identity peers verify. */
  identity: string;
  /**
   * Names that clients verify instead of the identity: browsers and OpenClaw's own callers.
   * @default - none
   */
  dnsNames?: string[];
  /**
   * Addresses that clients verify.
   * @default - none
   */
  ipAddresses?: string[];
  /** Which side of a connection it may take: `server`, `client` or both. */
  usages: LeafUsage[];
}

export const LeafUsage = { Server: "server", Client: "client" } as const;
export type LeafUsage = (typeof LeafUsage)[keyof typeof LeafUsage];

const EXTENDED_USE: Record<LeafUsage, string> = { server: "server_auth", client: "client_auth" };

/**
 * A workload's leaf: a P-256 key and a certificate of the CA's leaf lifetime, renewed by the deployment that finds less than a third
 * of its life left.
 *
 * Serves requirements 52, 54 and 56 (`ubos cert issue --service X --ttl 24h`).
 *
 * @example
 * const leaf = new WorkloadCertificate("guard", {
 *   ca, identity: "spiffe://openclaw.internal/application/guard", usages: ["server", "client"],
 * });
 */
export class WorkloadCertificate extends pulumi.ComponentResource {
  /** PEM of the leaf, then of the intermediate. */
  readonly certificateChain: pulumi.Output<string>;
  /** PKCS#8 PEM; a secret. */
  readonly privateKey: pulumi.Output<string>;

  constructor(name: string, args: WorkloadCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("zero-trust-openclaw:index:WorkloadCertificate", name, { ...args, ca: undefined }, opts);
    const parent = { parent: this };
    const key = new tls.PrivateKey(name, { algorithm: "ECDSA", ecdsaCurve: "P256" }, parent);
    const request = new tls.CertRequest(
      name,
      {
        privateKeyPem: pulumi.secret(key.privateKeyPem),
        subject: { commonName: name },
        uris: [args.identity],
        dnsNames: args.dnsNames ?? [],
        ipAddresses: args.ipAddresses ?? [],
      },
      parent,
    );
    const leaf = new tls.LocallySignedCert(
      name,
      {
        certRequestPem: request.certRequestPem,
        caPrivateKeyPem: args.ca.intermediateKey,
        caCertPem: args.ca.intermediate,
        allowedUses: ["digital_signature", ...args.usages.map((usage) => EXTENDED_USE[usage])],
        validityPeriodHours: args.ca.leafHours,
        earlyRenewalHours: Math.floor(args.ca.leafHours / 3),
      },
      parent,
    );
    this.certificateChain = pulumi.interpolate`${leaf.certPem}${args.ca.intermediate}`;
    this.privateKey = pulumi.secret(key.privateKeyPemPkcs8);
    this.registerOutputs({ certificateChain: this.certificateChain, privateKey: this.privateKey });
  }
}
