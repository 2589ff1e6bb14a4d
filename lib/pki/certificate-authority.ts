import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { leafHours, MAX_LEAF_HOURS } from "./lifetime";

export interface CertificateAuthorityArgs {
  /** SPIFFE trust domain the leaves belong to, such as `openclaw.internal`. */
  trustDomain: string;
  /**
   * How long a leaf lives, `"1h"` to `"24h"`.
   * @default "24h"
   */
  leafLifetime?: string;
}

const HOURS_PER_YEAR = 365 * 24;
const CA_USES = ["cert_signing", "crl_signing", "digital_signature"];

/**
 * An internal CA: a root that signs one intermediate, which signs the workloads' leaves. P-256; the root's path length keeps the
 * intermediate from making further CAs. Peers trust the root only, so that the intermediate can change without anybody noticing.
 *
 * Keys are in the Pulumi state, encrypted by the stack's secrets provider.
 *
 * Serves requirements 50, 53 and 54 (`ubos ca create --name openclaw-root`).
 *
 * @throws InputPropertyError if `leafLifetime` is longer than 24 hours
 * @example
 * const ca = new CertificateAuthority("internal", { trustDomain: "openclaw.internal" });
 * export const trustBundle = ca.roots;
 */
export class CertificateAuthority extends pulumi.ComponentResource {
  /** What verifies the leaves: PEM of the roots, without intermediates. */
  readonly roots: pulumi.Output<string>;
  /** PEM of the intermediate, which leaves carry along. */
  readonly intermediate: pulumi.Output<string>;
  /** Key of the intermediate; a secret. */
  readonly intermediateKey: pulumi.Output<string>;
  /** Hours a leaf lives. */
  readonly leafHours: number;

  constructor(name: string, args: CertificateAuthorityArgs, opts?: pulumi.ComponentResourceOptions) {
    const hours = leafHours(args.leafLifetime ?? `${MAX_LEAF_HOURS}h`, "leafLifetime");
    super("zero-trust-openclaw:index:CertificateAuthority", name, args, opts);
    this.leafHours = hours;
    const parent = { parent: this };

    const rootKey = caKey(`${name}-root`, parent);
    const root = new tls.SelfSignedCert(
      `${name}-root`,
      {
        privateKeyPem: pulumi.secret(rootKey.privateKeyPem),
        subject: { commonName: `${args.trustDomain} root` },
        isCaCertificate: true,
        // One intermediate may follow, and no other below it. The provider drops a length of 0, so the root says it.
        maxPathLength: 1,
        setSubjectKeyId: true,
        allowedUses: CA_USES,
        validityPeriodHours: 10 * HOURS_PER_YEAR,
      },
      parent,
    );
    const intermediateKey = caKey(`${name}-intermediate`, parent);
    const request = new tls.CertRequest(
      `${name}-intermediate`,
      {
        privateKeyPem: pulumi.secret(intermediateKey.privateKeyPem),
        subject: { commonName: `${args.trustDomain} intermediate` },
      },
      parent,
    );
    const intermediate = new tls.LocallySignedCert(
      `${name}-intermediate`,
      {
        certRequestPem: request.certRequestPem,
        caPrivateKeyPem: pulumi.secret(rootKey.privateKeyPem),
        caCertPem: root.certPem,
        isCaCertificate: true,
        setSubjectKeyId: true,
        allowedUses: CA_USES,
        validityPeriodHours: HOURS_PER_YEAR,
        earlyRenewalHours: HOURS_PER_YEAR / 4,
      },
      parent,
    );

    this.roots = root.certPem;
    this.intermediate = intermediate.certPem;
    this.intermediateKey = pulumi.secret(intermediateKey.privateKeyPem);
    this.registerOutputs({ roots: this.roots, intermediate: this.intermediate, leafHours: this.leafHours });
  }
}

function caKey(name: string, opts: pulumi.CustomResourceOptions): tls.PrivateKey {
  return new tls.PrivateKey(name, { algorithm: "ECDSA", ecdsaCurve: "P256" }, opts);
}
