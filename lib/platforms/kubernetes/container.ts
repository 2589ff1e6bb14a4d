import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { CERTIFICATES, type ContainerSpec, FOLLOWED, RUN } from "../platform";
import { MODE, mountFiles } from "./files";
import { type Followed, follow } from "./follow";
import { hardened } from "./hardening";
import { probes, TOOLS } from "./probes";
import { shareRecord } from "./record";
import type { KubernetesSegments } from "./segments";

type Container = k8s.types.input.core.v1.Container;
type Volume = k8s.types.input.core.v1.Volume;
type VolumeMount = k8s.types.input.core.v1.VolumeMount;

/** A container, what it mounts, and what must be there first. */
export interface Part {
  container: Container;
  /** Whether it is a sidecar itself. */
  beside: boolean;
  /** Sidecars it needs, which start before it. */
  sidecars: Container[];
  volumes: Volume[];
  claim?: { name: string; existing?: string };
  dependsOn: pulumi.Resource[];
}

/** Time for callers to notice that a pod is going, before it stops to listen. */
const DRAIN_SECONDS = 5;

/** One container of a pod, with all it needs. */
export function containerPart(
  name: string,
  spec: ContainerSpec,
  workloadName: string,
  segments: KubernetesSegments,
  parent: pulumi.Resource,
): Part {
  refuseCapabilities(spec);
  const files = mountFiles(name, workloadName, spec, segments, parent);
  const followed = spec.files.flatMap((file) =>
    file.follows ? [follow(name, workloadName, spec, file.name, file.follows, files, segments, parent)] : [],
  );
  const scratch = [{ path: RUN, size: "16Mi" }, ...(spec.scratch ?? []).map((path) => ({ path, size: "256Mi" }))].map(
    ({ path, size }, i) => ({ name: `${spec.name}-scratch-${i}`, path, size }),
  );
  const certificates = (spec.certificates ?? []).map((one) => ({ ...one, volume: `${spec.name}-${one.name}` }));
  const claim = spec.state && { name: `${spec.name}-${spec.state.name}`, existing: spec.state.keptAs };
  const records = spec.record ? [shareRecord(name, workloadName, spec.name, spec.record, segments, parent)] : [];
  const mounts: VolumeMount[] = [
    files.mount,
    ...scratch.map(({ name: volume, path }) => ({ name: volume, mountPath: path })),
    ...certificates.map(({ name: own, volume }) => ({
      name: volume,
      mountPath: `${CERTIFICATES}/${own}`,
      readOnly: true,
    })),
    ...(claim && spec.state ? [{ name: claim.name, mountPath: spec.state.path }] : []),
    ...followed.map(({ volume }) => ({ name: volume, mountPath: FOLLOWED, readOnly: true })),
    ...records.map(({ mount }) => mount),
    { name: "tools", mountPath: TOOLS, readOnly: true },
  ];
  return {
    container: {
      name: spec.name,
      image: spec.image,
      imagePullPolicy: "IfNotPresent",
      command: spec.command,
      env: Object.entries(spec.environment ?? {}).map(([key, value]) => ({ name: key, value })),
      securityContext: hardened(spec.user),
      resources: resources(spec),
      ...probes(spec),
      // What holds a person's work ends when that is done; all others let callers go first.
      ...(spec.stopGraceSeconds ? {} : { lifecycle: { preStop: { sleep: { seconds: DRAIN_SECONDS } } } }),
      volumeMounts: mounts,
    },
    beside: spec.sidecar ?? false,
    sidecars: followed.map(({ sidecar }) => sidecar),
    volumes: [
      files.volume,
      ...scratch.map(({ name: volume, size }) => ({ name: volume, emptyDir: { sizeLimit: size } })),
      ...certificates.map(({ volume, source }) => ({
        name: volume,
        secret: {
          secretName: source.secret,
          defaultMode: MODE,
          items: ["tls.crt", "tls.key"].map((key) => ({ key, path: key })),
        },
      })),
      ...followed.flatMap((one: Followed) => one.volumes),
      ...records.map(({ volume }) => volume),
    ],
    claim,
    dependsOn: [
      ...files.secrets,
      ...certificates.map(({ after }) => after),
      ...followed.flatMap((one) => one.dependsOn),
      ...records.flatMap((one) => one.dependsOn),
    ],
  };
}

function refuseCapabilities({ name, capabilities = [] }: ContainerSpec): void {
  if (capabilities.length > 0)
    throw new Error(`container "${name}" wants ${capabilities.join(", ")}, which no zone's namespace allows`);
}

/** What needs much memory computes much too. A limit of CPU would only slow down what nobody else wants at that moment. */
function resources({ memoryMiB, scratch = [] }: ContainerSpec): k8s.types.input.core.v1.ResourceRequirements {
  const disk = 64 + 256 * scratch.length;
  return {
    requests: {
      cpu: `${Math.ceil(memoryMiB / 8)}m`,
      memory: `${Math.ceil(memoryMiB / 4)}Mi`,
      "ephemeral-storage": "16Mi",
    },
    limits: { memory: `${memoryMiB}Mi`, "ephemeral-storage": `${disk}Mi` },
  };
}
