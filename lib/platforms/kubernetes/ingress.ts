import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { CERT_MANAGER_API, issuerRef } from "./issuer";
import { type KubernetesSegments, SKIP_AWAIT } from "./segments";
import type { Way } from "./way";

/**
 * What an ingress controller is told. That TLS is passed through stands in its annotations; a controller that does not know them ends TLS
 * and calls without, which the edge refuses.
 */
export function ingress(
  way: Way,
  segments: KubernetesSegments,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { name, workload, service, publish } = way;
  const { className, annotations, terminatesTls } = segments.args.entrance ?? {};
  const metadata = {
    name: service,
    namespace: segments.namespaceOf(workload),
    labels: segments.labelsOf(workload),
  };
  const backend = { service: { name: service, port: { number: publish.hostPort } } };
  const made = terminatesTls ? shown(way, segments, options) : [];
  const route = new k8s.networking.v1.Ingress(
    name,
    {
      metadata: { ...metadata, annotations: { ...segments.args.annotations, ...annotations, ...SKIP_AWAIT } },
      spec: {
        ingressClassName: className,
        ...(terminatesTls ? { tls: [{ hosts: [publish.host], secretName: `${service}-tls` }] } : {}),
        rules: [{ host: publish.host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
      },
    },
    options,
  );
  return [route, ...made];
}

/** What the controller shows to people, and by what it may verify the edge. Nobody waits: whoever issues it may want to see DNS first. */
function shown(
  { name, workload, service, publish }: Way,
  segments: KubernetesSegments,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { issuer } = segments.args.entrance?.terminatesTls ?? {};
  if (!issuer) throw new Error(`${name}: no issuer for the controller's certificate was given`);
  const namespace = segments.namespaceOf(workload);
  const labels = segments.labelsOf(workload);
  const certificate = new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: CERT_MANAGER_API,
      kind: "Certificate",
      metadata: { name: service, namespace, labels, annotations: SKIP_AWAIT },
      spec: {
        secretName: `${service}-tls`,
        secretTemplate: { labels },
        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
        dnsNames: [publish.host],
        usages: ["digital signature", "server auth"],
        issuerRef: issuerRef(issuer),
      },
    },
    options,
  );
  const roots = new k8s.core.v1.Secret(
    `${name}-roots`,
    { metadata: { name: `${service}-roots`, namespace, labels }, stringData: { "ca.crt": publish.roots } },
    options,
  );
  return [certificate, roots];
}
