import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Authority, AuthoritySpec, CertificateSource, CertificateSpec } from "../platform";
import { admission, ownIssuerRules } from "./admission";
import { sharedIssuerRules } from "./admission-shared";
import { CERT_MANAGER_API, type IssuerRef, issuerRef, UNTIL_READY } from "./issuer";
import { lifeOf } from "./life";
import type { KubernetesSegments } from "./segments";

/** cert-manager keeps what was issued under these usages. */
const USAGES: Record<string, string> = { server: "server auth", client: "client auth" };

/**
 * cert-manager as the issuer: each workload has a `Certificate`, and an admission policy says which namespace may ask for which names. The
 * intermediate's key is in one Secret beside cert-manager, unless the issuer is the company's.
 */
export function kubernetesAuthority(
  name: string,
  segments: KubernetesSegments,
  spec: AuthoritySpec,
  parent: pulumi.Resource,
): Authority {
  const issuer = segments.args.certManager?.issuer
    ? existingIssuer(name, segments, spec, parent)
    : ownIssuer(name, segments, spec, parent);
  return {
    perimeter: segments.perimeter,
    issue: (certificate, leaf, owner) => certify(certificate, leaf, segments, issuer, owner),
  };
}

/** Who signs, and what must be there before it is asked. */
interface Issuer {
  issuer: IssuerRef;
  /** How long a leaf of so many hours is to live, as cert-manager is asked. */
  life(hours: number): pulumi.Input<string>;
  dependsOn: pulumi.Resource[];
}

function ownIssuer(
  name: string,
  segments: KubernetesSegments,
  { signer, maxHours }: AuthoritySpec,
  parent: pulumi.Resource,
): Issuer {
  if (!signer) throw new Error(`${name}: nothing to sign with was given`);
  const { args, prefix } = segments;
  const { namespace = "cert-manager", serviceAccount = "cert-manager" } = args.certManager ?? {};
  const issuerName = `${prefix}-internal`;
  const secret = new k8s.core.v1.Secret(
    `${name}-issuer`,
    {
      metadata: { name: issuerName, namespace, labels: segments.commonLabels },
      type: "kubernetes.io/tls",
      stringData: {
        // No root behind it: of two, as there are while one is replaced, cert-manager could make no chain, and would sign nothing.
        "tls.crt": signer.chain,
        "tls.key": pulumi.secret(signer.key),
      },
    },
    { parent },
  );
  const rules = ownIssuerRules(names(segments), { issuerName, namespace, serviceAccount, maxHours });
  const inForce = admission(name, segments, rules, parent);
  const issuer = new k8s.apiextensions.CustomResource(
    `${name}-issuer`,
    {
      apiVersion: CERT_MANAGER_API,
      kind: "ClusterIssuer",
      metadata: { name: issuerName, labels: segments.commonLabels, annotations: UNTIL_READY },
      spec: { ca: { secretName: issuerName } },
    },
    { parent, dependsOn: [secret, ...inForce] },
  );
  return {
    issuer: issuerRef({ name: issuerName }),
    life: (hours) => pulumi.output(signer.chain).apply((chain) => lifeOf(hours, chain)),
    dependsOn: [issuer],
  };
}

/** Nothing of it is made here but the rule that keeps our names to us. */
function existingIssuer(
  name: string,
  segments: KubernetesSegments,
  { maxHours }: AuthoritySpec,
  parent: pulumi.Resource,
): Issuer {
  const { namespace = "cert-manager", serviceAccount = "cert-manager", issuer } = segments.args.certManager ?? {};
  if (!issuer) throw new Error(`${name}: no issuer was given`);
  const rules = sharedIssuerRules(names(segments), { issuer, namespace, serviceAccount, maxHours });
  return {
    issuer: issuerRef(issuer),
    life: (hours) => `${hours}h0m0s`,
    dependsOn: admission(name, segments, rules, parent),
  };
}

function names(segments: KubernetesSegments) {
  return { perimeter: segments.perimeter, namespaceOf: (workload: string) => segments.namespaceOf(workload) };
}

function certify(
  name: string,
  spec: CertificateSpec,
  segments: KubernetesSegments,
  { issuer, life, dependsOn }: Issuer,
  parent: pulumi.Resource,
): CertificateSource {
  const secret = `${name}-tls`;
  const { hours, identity, dnsNames, ipAddresses, usages } = spec;
  const namespace = segments.namespaceOf(spec.workload);
  new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: CERT_MANAGER_API,
      kind: "Certificate",
      metadata: {
        name,
        namespace,
        labels: segments.labelsOf(spec.workload),
        annotations: UNTIL_READY,
      },
      spec: {
        secretName: secret,
        secretTemplate: { labels: segments.labelsOf(spec.workload) },
        duration: life(hours),
        // At two thirds of its life.
        renewBefore: `${hours * 20}m0s`,
        privateKey: { algorithm: "ECDSA", size: 256, encoding: "PKCS8", rotationPolicy: "Always" },
        uris: [identity],
        ...(dnsNames.length > 0 ? { dnsNames } : {}),
        ...(ipAddresses.length > 0 ? { ipAddresses } : {}),
        usages: ["digital signature", ...usages.map((usage) => USAGES[usage] as string)],
        issuerRef: issuer,
      },
    },
    { parent, dependsOn: [...segments.placeIn(namespace), ...dependsOn] },
  );
  return { secret };
}
