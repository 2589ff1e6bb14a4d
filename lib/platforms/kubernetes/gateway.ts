import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { type KubernetesSegments, SKIP_AWAIT } from "./segments";
import type { Way } from "./way";

const GROUP = "gateway.networking.k8s.io";

/**
 * What a gateway is told: a TLS route, by which it cannot but pass TLS through where its listener does. If it is to end TLS, an HTTP route
 * and a policy by which it encrypts anew and verifies the edge.
 */
export function gatewayRoute(
  way: Way,
  segments: KubernetesSegments,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { gateway, terminatesTls } = segments.args.entrance ?? {};
  if (!gateway) throw new Error(`${way.name}: no gateway was given`);
  const { name, namespace, sectionName, tlsRouteVersion = "v1" } = gateway;
  const backend = { name: way.service, port: way.publish.hostPort };
  const route = new k8s.apiextensions.CustomResource(
    way.name,
    {
      apiVersion: `${GROUP}/${terminatesTls ? "v1" : tlsRouteVersion}`,
      kind: terminatesTls ? "HTTPRoute" : "TLSRoute",
      metadata: metadata(way, segments, way.service),
      spec: {
        parentRefs: [{ name, namespace, ...(sectionName ? { sectionName } : {}) }],
        hostnames: [way.publish.host],
        rules: [{ backendRefs: [backend] }],
      },
    },
    options,
  );
  return [route, ...(terminatesTls ? encryptAnew(way, segments, options) : [])];
}

function encryptAnew(way: Way, segments: KubernetesSegments, options: pulumi.CustomResourceOptions): pulumi.Resource[] {
  const roots = `${way.service}-roots`;
  const bundle = new k8s.core.v1.ConfigMap(
    `${way.name}-roots`,
    { metadata: metadata(way, segments, roots), data: { "ca.crt": way.publish.roots } },
    options,
  );
  const policy = new k8s.apiextensions.CustomResource(
    `${way.name}-tls`,
    {
      apiVersion: `${GROUP}/v1`,
      kind: "BackendTLSPolicy",
      metadata: metadata(way, segments, way.service),
      spec: {
        targetRefs: [{ group: "", kind: "Service", name: way.service }],
        validation: {
          caCertificateRefs: [{ group: "", kind: "ConfigMap", name: roots }],
          hostname: way.publish.host,
        },
      },
    },
    { ...options, dependsOn: [bundle] },
  );
  return [bundle, policy];
}

function metadata({ workload }: Way, segments: KubernetesSegments, name: string) {
  return {
    name,
    namespace: segments.namespaceOf(workload),
    labels: segments.labelsOf(workload),
    annotations: { ...segments.args.annotations, ...SKIP_AWAIT },
  };
}
