import * as pulumi from "@pulumi/pulumi";
import type { Perimeter } from "../perimeter";
import type { Authority, CertificateSource, CertificateSpec } from "../platforms";
import { type CertificateAuthorityArgs, RootKey, validateAuthority } from "./authority-args";
import { existingMaterial, FIRST_GENERATION, type Material, ownMaterial, requestedMaterial } from "./material";

/**
 * An internal CA: a root that signs one intermediate, and an issuer with the intermediate's key that gives each workload short-lived
 * leaves for its own names and for no others. P-256; the root's path length keeps the intermediate from making further CAs. Peers trust
 * the roots only, so that the intermediate can change without anybody noticing.
 *
 * Keys are in the Pulumi state, encrypted by the stack's secrets provider; those of leaves never leave the workload they belong to. On
 * Kubernetes an issuer that is there already can sign instead (`certManager.issuer` of the platform): then nothing of the above is made.
 *
 * Serves requirements 50, 53 and 54 (`ubos ca create --name openclaw-root`).
 *
 * @throws InputPropertyError if `leafLifetime` is longer than 24 hours, a root is named twice, what was brought along does not fit
 * together, or two ways to have an intermediate are given
 * @throws Error if the network is on Docker and its perimeter was not made by `withCertificateAuthority`
 * @example
 * const ca = new CertificateAuthority("internal", { network });
 * export const trustBundle = ca.roots;
 */
export class CertificateAuthority extends pulumi.ComponentResource {
  /** What verifies the leaves: PEM of the roots, without intermediates. */
  readonly roots: pulumi.Output<string>;
  /** PEM of the intermediate, which leaves carry along; empty where an issuer of the cluster's signs. */
  readonly intermediate: pulumi.Output<string>;
  /** PEM of the request to have signed; empty unless `rootKey` is `"offline"`. */
  readonly certificateRequest: pulumi.Output<string>;
  /** Hours a leaf lives at most. */
  readonly leafHours: number;
  private readonly authority: Authority;

  constructor(name: string, args: CertificateAuthorityArgs, opts?: pulumi.ComponentResourceOptions) {
    const hours = validateAuthority(args);
    const { network, rootKey = RootKey.State } = args;
    const { trustDomain } = network.perimeter;
    super("zero-trust-openclaw:index:CertificateAuthority", name, { trustDomain, leafLifetime: `${hours}h` }, opts);
    this.leafHours = hours;

    const material = network.issuerRoots === undefined ? this.material(name, args, rootKey) : undefined;
    this.roots = material?.roots ?? pulumi.output(network.issuerRoots ?? "");
    this.intermediate = material?.chain ?? pulumi.output("");
    this.certificateRequest = material?.request ?? pulumi.output("");
    this.authority = network.authority(
      name,
      {
        roots: this.roots,
        signer: material && { chain: material.chain, key: material.key },
        maxHours: hours,
        image: args.image,
      },
      this,
    );
    this.registerOutputs({
      roots: this.roots,
      intermediate: this.intermediate,
      certificateRequest: this.certificateRequest,
      leafHours: hours,
    });
  }

  /** Whose workloads it certifies. */
  get perimeter(): Perimeter {
    return this.authority.perimeter;
  }

  /** Keeps a certificate fresh from now on; for `WorkloadCertificate`. */
  issue(name: string, spec: CertificateSpec, parent: pulumi.Resource): CertificateSource {
    return this.authority.issue(name, spec, parent);
  }

  private material(
    name: string,
    { network, roots, existing, signedIntermediate }: CertificateAuthorityArgs,
    rootKey: string,
  ): Material {
    const { trustDomain } = network.perimeter;
    if (existing) return existingMaterial(existing);
    if (rootKey === RootKey.Offline) return requestedMaterial(name, trustDomain, signedIntermediate, this);
    return ownMaterial(name, trustDomain, roots ?? [FIRST_GENERATION], this);
  }
}
