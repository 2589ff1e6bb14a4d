/** Which changes need a new object. The list is the official plugin's; for all other kinds the server's refusal has the last word. */
import { apiVersionOf, isSecretKind, type KubeObject, kindOf } from "./objects";

/** What the provider's configuration says about replacing. */
export interface Mutability {
  readonly configMaps: boolean;
  readonly secrets: boolean;
}

const containerFields = [
  ...["args", "command", "env", "image", "imagePullPolicy", "lifecycle", "livenessProbe", "ports", "readinessProbe"],
  ...["resources", "securityContext", "stdin", "stdinOnce", "terminationMessagePath", "terminationMessagePolicy"],
  ...["tty", "volumeDevices", "volumeMounts", "workingDir"],
];
const podFields = [
  ...["affinity", "automountServiceAccountToken", "dnsConfig", "dnsPolicy", "enableServiceLinks", "hostAliases"],
  ...["hostIPC", "hostNetwork", "hostPID", "hostname", "imagePullSecrets", "nodeName", "nodeSelector", "overhead"],
  ...["preemptionPolicy", "priority", "priorityClassName", "readinessGates", "restartPolicy", "runtimeClassName"],
  ...["schedulerName", "securityContext", "serviceAccount", "serviceAccountName", "shareProcessNamespace"],
  ...["subdomain", "terminationGracePeriodSeconds", "volumes"],
];

const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  "apps/v1/Deployment": ["spec.selector"],
  "apps/v1/StatefulSet": [
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/v1/RoleBinding": ["roleRef"],
  "storage.k8s.io/v1/StorageClass": ["parameters", "provisioner"],
  "v1/PersistentVolumeClaim": ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
  "v1/Pod": [
    ...podFields.map((field) => `spec.${field}`),
    ...["containers", "initContainers"].flatMap((list) => containerFields.map((field) => `spec.${list}.*.${field}`)),
  ],
  "v1/ResourceQuota": ["spec.scopes"],
  "v1/Secret": ["type"],
  "v1/Service": ["spec.clusterIP"],
};

/** Paths whose change replaces the object, `*` standing for any place in a list. */
export function forceNewPaths(object: KubeObject, mutable: Mutability): string[][] {
  const kind = kindOf(object);
  const immutable = object.immutable === true;
  const paths = ["metadata.name", "metadata.namespace", ...(fieldsOf[`${apiVersionOf(kind)}/${kind.kind}`] ?? [])];
  if (isSecretKind(object) && (!mutable.secrets || immutable)) paths.push("stringData", "data");
  if (apiVersionOf(kind) === "v1" && kind.kind === "ConfigMap" && (!mutable.configMaps || immutable))
    paths.push("binaryData", "data");
  return paths.map((path) => path.split("."));
}
