import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { WorkloadSpec } from "../platform";
import { EntranceKind } from "./args";
import { WORKLOAD_LABEL } from "./labels";
import { type KubernetesSegments, SKIP_AWAIT } from "./segments";

const TYPES: Record<string, string> = {
  [EntranceKind.LoadBalancer]: "LoadBalancer",
  [EntranceKind.NodePort]: "NodePort",
  [EntranceKind.ClusterIp]: "ClusterIP",
};

/** The service by which people come in. It keeps their addresses, which limits count by and the log shows. */
export function openEntrance(
  name: string,
  workload: string,
  { port, hostPort }: NonNullable<WorkloadSpec["publish"]>,
  segments: KubernetesSegments,
  parent: pulumi.Resource,
): k8s.core.v1.Service {
  const { kind = EntranceKind.LoadBalancer, nodePort } = segments.args.entrance ?? {};
  const outside = kind !== EntranceKind.ClusterIp;
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
        type: TYPES[kind],
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
