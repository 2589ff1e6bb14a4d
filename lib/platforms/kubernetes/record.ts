import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { SharedRecord } from "../platform";
import { MODE } from "./files";
import { API_SERVER } from "./perimeter";
import type { KubernetesSegments } from "./segments";

/** A shared record: what its container mounts to get at it, and what must be there before. */
export interface MountedRecord {
  volume: k8s.types.input.core.v1.Volume;
  mount: k8s.types.input.core.v1.VolumeMount;
  dependsOn: pulumi.Resource[];
}

/** Where programs look for the account of their pod. */
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
const TOKEN_SECONDS = 3600;

/**
 * One Secret that every replica watches and writes: what is in it is theirs. The right to that, and to nothing else, comes with a token
 * that only this container has.
 */
export function shareRecord(
  name: string,
  workload: string,
  container: string,
  record: SharedRecord,
  segments: KubernetesSegments,
  parent: pulumi.Resource,
): MountedRecord {
  if (!segments.perimeter.flows.some(({ from, to }) => from === workload && to === API_SERVER))
    throw new Error(
      `replicas of "${workload}" share what they know through the API server, and the perimeter has no flow there from it; make it with completePerimeter(platform, perimeter)`,
    );
  const { namespace, name: secretName } = segments.recordOf(workload, record);
  const labels = segments.labelsOf(workload);
  const options = { parent, dependsOn: segments.placeIn(namespace) };
  const secret = record.keptAs
    ? []
    : [
        new k8s.core.v1.Secret(
          `${name}-${record.name}`,
          { metadata: { name: secretName, namespace, labels }, type: "Opaque" },
          // What is in it is the program's.
          { ...options, ignoreChanges: ["data", "stringData"] },
        ),
      ];
  const metadata = { name: `${workload}-${record.name}`, namespace, labels };
  const role = new k8s.rbac.v1.Role(
    `${name}-${record.name}`,
    {
      metadata,
      rules: [
        { apiGroups: [""], resources: ["secrets"], resourceNames: [secretName], verbs: ["get", "watch", "update"] },
      ],
    },
    options,
  );
  const binding = new k8s.rbac.v1.RoleBinding(
    `${name}-${record.name}`,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name },
      subjects: [{ kind: "ServiceAccount", name: workload, namespace }],
    },
    options,
  );
  const volume = `${container}-account`;
  return {
    volume: {
      name: volume,
      projected: {
        defaultMode: MODE,
        sources: [
          { serviceAccountToken: { path: "token", expirationSeconds: TOKEN_SECONDS } },
          { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        ],
      },
    },
    mount: { name: volume, mountPath: ACCOUNT, readOnly: true },
    dependsOn: [...secret, role, binding],
  };
}
