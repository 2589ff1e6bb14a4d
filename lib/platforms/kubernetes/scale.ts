import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { WORKLOAD_LABEL } from "./labels";
import type { KubernetesSegments } from "./segments";

/** What keeps several replicas of a workload: a budget for disruptions, and an autoscaler if one is wanted. */
export function scale(
  name: string,
  workload: string,
  segments: KubernetesSegments,
  { stateful, replicas }: { stateful: boolean; replicas: number },
  parent: pulumi.Resource,
  running: pulumi.Resource,
): void {
  const auto = segments.args.autoscale?.[workload];
  const namespace = segments.namespaceOf(workload);
  const metadata = { name: workload, namespace, labels: segments.labelsOf(workload) };
  if (auto || replicas > 1)
    new k8s.policy.v1.PodDisruptionBudget(
      name,
      { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: { [WORKLOAD_LABEL]: workload } } } },
      { parent, dependsOn: segments.placeIn(namespace) },
    );
  if (!auto) return;
  if (stateful) throw new Error(`"${workload}" cannot have an autoscaler: each of its replicas has a volume`);
  new k8s.autoscaling.v2.HorizontalPodAutoscaler(
    name,
    {
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: workload },
        minReplicas: auto.min,
        maxReplicas: auto.max,
        metrics: [
          {
            type: "Resource",
            resource: { name: "cpu", target: { type: "Utilization", averageUtilization: auto.cpuPercent ?? 80 } },
          },
        ],
      },
    },
    { parent, dependsOn: [running] },
  );
}
