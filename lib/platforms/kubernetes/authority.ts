import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Authority, AuthoritySpec, CertificateSource, CertificateSpec } from "../platform";
import { admission } from "./admission";
import type { KubernetesSegments } from "./segments";

const API = "cert-manager.io/v1";
/** cert-manager keeps what was issued under these usages. */
const USAGES: Record<string, string> = { server: "server auth", client: "client auth" };

/**
 * cert-manager as the issuer: the intermediate's key is in one Secret beside it, each workload has a `Certificate`, and an admission
 * policy says which namespace may ask for which names.
 */
export function kubernetesAuthority(
  name: string,
  segments: KubernetesSegments,
  spec: AuthoritySpec,
  parent: pulumi.Resource,
): Authority {
  const { perimeter, args, prefix } = segments;
  const { namespace = "cert-manager", serviceAccount = "cert-manager" } = args.certManager ?? {};
  const issuerName = `${prefix}-internal`;
  const secret = new k8s.core.v1.Secret(
    `${name}-issuer`,
    {
      metadata: { name: issuerName, namespace, labels: segments.commonLabels },
      type: "kubernetes.io/tls",
      stringData: {
        // With the root behind it cert-manager knows what to put into `ca.crt`, and leaves it out of what is shown.
        "tls.crt": pulumi.interpolate`${spec.chain}${spec.roots}`,
        "tls.key": pulumi.secret(spec.key),
      },
    },
    { parent },
  );
  const rules = admission(name, segments, { issuerName, namespace, serviceAccount, maxHours: spec.maxHours }, parent);
  const issuer = new k8s.apiextensions.CustomResource(
    `${name}-issuer`,
    {
      apiVersion: API,
      kind: "ClusterIssuer",
      metadata: { name: issuerName, labels: segments.commonLabels, annotations: UNTIL_READY },
      spec: { ca: { secretName: issuerName } },
    },
    { parent, dependsOn: [secret, ...rules] },
  );
  return {
    perimeter,
    issue: (certificate, leaf, owner) => certify(certificate, leaf, segments, issuerName, owner, [issuer]),
  };
}

const UNTIL_READY = { "pulumi.com/waitFor": "condition=Ready" };

function certify(
  name: string,
  spec: CertificateSpec,
  segments: KubernetesSegments,
  issuerName: string,
  parent: pulumi.Resource,
  dependsOn: pulumi.Resource[],
): CertificateSource {
  const secret = `${name}-tls`;
  const { hours, identity, dnsNames, ipAddresses, usages } = spec;
  new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: API,
      kind: "Certificate",
      metadata: {
        name,
        namespace: segments.namespaceOf(spec.workload),
        labels: segments.labelsOf(spec.workload),
        annotations: UNTIL_READY,
      },
      spec: {
        secretName: secret,
        secretTemplate: { labels: segments.labelsOf(spec.workload) },
        duration: `${hours}h0m0s`,
        // At two thirds of its life.
        renewBefore: `${hours * 20}m0s`,
        privateKey: { algorithm: "ECDSA", size: 256, encoding: "PKCS8", rotationPolicy: "Always" },
        uris: [identity],
        ...(dnsNames.length > 0 ? { dnsNames } : {}),
        ...(ipAddresses.length > 0 ? { ipAddresses } : {}),
        usages: ["digital signature", ...usages.map((usage) => USAGES[usage] as string)],
        issuerRef: { name: issuerName, kind: "ClusterIssuer", group: "cert-manager.io" },
      },
    },
    { parent, dependsOn: [...segments.ready, ...dependsOn] },
  );
  return { secret };
}
