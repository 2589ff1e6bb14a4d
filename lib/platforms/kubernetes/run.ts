import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { workload } from "../../perimeter";
import type { ContainerSpec, WorkloadSpec } from "../platform";
import { containerPart, type Part } from "./container";
import { openEntrance } from "./entrance";
import { WORKLOAD_LABEL } from "./labels";
import { podTemplate } from "./pod";
import { scale } from "./scale";
import type { KubernetesSegments } from "./segments";

interface RunOptions {
  /** Whether it may ask the API server as its service account. */
  token?: boolean;
  /** What must be there before it. */
  after?: pulumi.Resource[];
}

const STATE_SIZE = "2Gi";

/** Runs a workload's containers in pods, hardened, with their files and certificates: stateless ones by a Deployment, others by a StatefulSet. */
export function runWorkload(
  name: string,
  segments: KubernetesSegments,
  spec: WorkloadSpec,
  parent: pulumi.Resource,
  { token = false, after = [] }: RunOptions = {},
): pulumi.Resource[] {
  workload(segments.perimeter, spec.workload);
  if (spec.workload in (segments.args.existingPods ?? {}))
    throw new Error(
      `"${spec.workload}" is named in existingPods, so it runs already; remove it there, or do not run it`,
    );
  const namespace = segments.namespaceOf(spec.workload);
  const labels = segments.labelsOf(spec.workload);
  const account = new k8s.core.v1.ServiceAccount(
    name,
    { metadata: { name: spec.workload, namespace, labels }, automountServiceAccountToken: false },
    { parent, dependsOn: segments.placeIn(namespace) },
  );
  const parts = spec.containers.map((one) =>
    containerPart(partName(name, spec.workload, one), one, spec.workload, segments, parent),
  );
  const stateful = parts.some(({ claim }) => claim);
  const template = podTemplate(spec, parts, segments, token);
  const dependsOn = [...segments.ready, ...after, account, ...parts.flatMap((one) => one.dependsOn)];
  const replicas = segments.args.replicas?.[spec.workload] ?? 1;
  const metadata = { name: spec.workload, namespace, labels, annotations: segments.args.annotations };
  const selector = { matchLabels: { [WORKLOAD_LABEL]: spec.workload } };
  const options = { parent, dependsOn };
  const running = stateful
    ? new k8s.apps.v1.StatefulSet(
        name,
        {
          metadata,
          spec: {
            replicas,
            serviceName: spec.workload,
            selector,
            template,
            volumeClaimTemplates: claims(parts, segments),
          },
        },
        options,
      )
    : new k8s.apps.v1.Deployment(
        name,
        {
          metadata,
          spec: {
            // An autoscaler's number is its own.
            ...(segments.args.autoscale?.[spec.workload] ? {} : { replicas }),
            selector,
            template,
            strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
          },
        },
        options,
      );
  scale(name, spec.workload, segments, { stateful, replicas }, parent, running);
  const entrance = spec.publish ? openEntrance(name, spec.workload, spec.publish, segments, parent) : [];
  return [running, ...entrance];
}

/** Some containers are called after their workload, and some by their whole name already. */
function partName(name: string, workloadName: string, { name: own }: ContainerSpec): string {
  return own === workloadName ? name : own.startsWith(`${name}-`) ? own : `${name}-${own}`;
}

function claims(parts: Part[], { args }: KubernetesSegments): k8s.types.input.core.v1.PersistentVolumeClaim[] {
  return parts.flatMap(({ claim }) =>
    claim && !claim.existing
      ? [
          {
            metadata: { name: claim.name },
            spec: {
              accessModes: ["ReadWriteOnce"],
              resources: { requests: { storage: STATE_SIZE } },
              ...(args.storageClass ? { storageClassName: args.storageClass } : {}),
            },
          },
        ]
      : [],
  );
}
