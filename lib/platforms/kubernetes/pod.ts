import type * as k8s from "@pulumi/kubernetes";
import type { ContainerSpec, WorkloadSpec } from "../platform";
import type { Part } from "./container";
import { hardened, SMALL } from "./hardening";
import { WORKLOAD_LABEL } from "./labels";
import { TOOLS } from "./probes";
import type { KubernetesSegments } from "./segments";

/** Between the end of the grace and the kill. */
const SLACK_SECONDS = 15;

/** The pods of a workload: what its containers share. */
export function podTemplate(
  spec: WorkloadSpec,
  parts: Part[],
  segments: KubernetesSegments,
  token: boolean,
): k8s.types.input.core.v1.PodTemplateSpec {
  const { args } = segments;
  const first = spec.containers[0] as ContainerSpec;
  const grace = Math.max(...spec.containers.map(({ stopGraceSeconds = 10 }) => stopGraceSeconds)) + SLACK_SECONDS;
  const several = (args.replicas?.[spec.workload] ?? 1) > 1 || args.autoscale?.[spec.workload];
  return {
    metadata: { labels: segments.labelsOf(spec.workload), annotations: args.annotations },
    spec: {
      serviceAccountName: spec.workload,
      automountServiceAccountToken: token,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        // Who may read the files: the pod's containers have users of their own, and see only what each has mounted.
        fsGroup: first.user,
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
      },
      terminationGracePeriodSeconds: grace,
      ...(segments.resolvesNames(spec.workload) ? {} : NO_NAMES),
      ...(args.runtimeClassName ? { runtimeClassName: args.runtimeClassName } : {}),
      ...(args.nodeSelector ? { nodeSelector: args.nodeSelector } : {}),
      ...(args.tolerations ? { tolerations: args.tolerations } : {}),
      ...(args.imagePullSecrets ? { imagePullSecrets: args.imagePullSecrets.map((name) => ({ name })) } : {}),
      ...(several ? { topologySpreadConstraints: [spread(spec.workload)] } : {}),
      initContainers: [
        installTools(segments, first.user),
        ...parts.flatMap(({ sidecars }) => sidecars),
        ...parts.filter(({ beside }) => beside).map(({ container }) => ({ ...container, restartPolicy: "Always" })),
      ],
      containers: parts.filter(({ beside }) => !beside).map(({ container }) => container),
      volumes: [
        { name: "tools", emptyDir: { medium: "Memory", sizeLimit: "32Mi" } },
        ...parts.flatMap(({ volumes }) => volumes),
        ...parts.flatMap(({ claim }) =>
          claim?.existing ? [{ name: claim.name, persistentVolumeClaim: { claimName: claim.existing } }] : [],
        ),
      ],
    },
  };
}

/** At least one name server must be named; nobody answers at this one. */
const NO_NAMES = {
  dnsPolicy: "None",
  dnsConfig: {
    nameservers: ["127.0.0.1"],
    options: [
      { name: "timeout", value: "1" },
      { name: "attempts", value: "1" },
    ],
  },
};

function spread(name: string): k8s.types.input.core.v1.TopologySpreadConstraint {
  return {
    maxSkew: 1,
    topologyKey: "kubernetes.io/hostname",
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: { [WORKLOAD_LABEL]: name } },
  };
}

/** The helper, which answers probes in containers that have no program for it, and with which the perimeter is verified from inside. */
function installTools(segments: KubernetesSegments, user: number): k8s.types.input.core.v1.Container {
  return {
    name: "tools",
    image: segments.toolsImage,
    imagePullPolicy: "IfNotPresent",
    command: ["/zt-tools", "copy", "--to", TOOLS],
    securityContext: hardened(user),
    resources: SMALL,
    volumeMounts: [{ name: "tools", mountPath: TOOLS }],
  };
}
