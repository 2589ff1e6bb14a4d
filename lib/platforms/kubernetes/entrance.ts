import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { ClientAddress, type PublishSpec } from "../platform";
import { type EntranceArgs, EntranceKind } from "./args";
import { gatewayRoute } from "./gateway";
import { ingress } from "./ingress";
import { WORKLOAD_LABEL } from "./labels";
import { type KubernetesSegments, SKIP_AWAIT } from "./segments";

const TYPES: Record<string, string> = {
  [EntranceKind.LoadBalancer]: "LoadBalancer",
  [EntranceKind.NodePort]: "NodePort",
};

/** How the edge learns people's addresses behind this entrance. Pure. */
export function clientAddressOf(args: EntranceArgs = {}): ClientAddress {
  if (args.proxyProtocol) return ClientAddress.ProxyProtocol;
  if (args.terminatesTls) return ClientAddress.Forwarded;
  return args.proxy ? ClientAddress.Unknown : ClientAddress.Connection;
}

/** The way by which people come in: a service, and what tells a controller in front of it. */
export function openEntrance(
  name: string,
  workload: string,
  publish: PublishSpec,
  segments: KubernetesSegments,
  parent: pulumi.Resource,
): pulumi.Resource[] {
  const service = entranceService(name, workload, publish, segments, parent);
  const { kind } = segments.args.entrance ?? {};
  const way = { name: `${name}-entrance`, workload, service: `${workload}-entrance`, publish };
  const options = { parent, dependsOn: [service] };
  if (kind === EntranceKind.Ingress) return [service, ...ingress(way, segments, options)];
  if (kind === EntranceKind.Gateway) return [service, ...gatewayRoute(way, segments, options)];
  return [service];
}

/** It keeps people's addresses, which limits count by and the log shows, where it is what they call. */
function entranceService(
  name: string,
  workload: string,
  { port, hostPort }: PublishSpec,
  segments: KubernetesSegments,
  parent: pulumi.Resource,
): k8s.core.v1.Service {
  const { kind = EntranceKind.LoadBalancer, nodePort } = segments.args.entrance ?? {};
  const outside = TYPES[kind];
  return new k8s.core.v1.Service(
    `${name}-entrance`,
    {
      metadata: {
        name: `${workload}-entrance`,
        namespace: segments.namespaceOf(workload),
        labels: segments.labelsOf(workload),
        // Nobody waits for an address that is given out by somebody else, perhaps tomorrow.
        annotations: { ...segments.args.annotations, ...SKIP_AWAIT },
      },
      spec: {
        type: outside ?? "ClusterIP",
        ...(outside ? { externalTrafficPolicy: "Local" } : {}),
        selector: { [WORKLOAD_LABEL]: workload },
        ports: [
          { name: "https", port: hostPort, targetPort: port, protocol: "TCP", ...(nodePort ? { nodePort } : {}) },
        ],
      },
    },
    { parent, dependsOn: segments.ready },
  );
}
