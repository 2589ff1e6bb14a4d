/** Which kinds there are, and which of them live in a namespace. */
import { apiVersionOf, type Kind } from "./objects";
import shapes from "./shapes.json";

const builtIn: Readonly<Record<string, string>> = shapes.kinds;

/** Groups of Kubernetes itself, whose kinds must be among the known ones. Any other group is of custom resources. */
const ownGroup = /^(|apps|autoscaling|batch|policy|extensions|events|.*\.k8s\.io)$/;
/** Custom resources that only look as if Kubernetes itself had them. */
const customGroups: ReadonlySet<string> = new Set(["gateway.networking.k8s.io", "policy.networking.k8s.io"]);
/** What the official plugin offers beside the kinds of the cluster. */
const notKinds = /^(helm\.sh|yaml|kustomize|apiextensions\.k8s\.io)(\/|$)/;

/** The scope of kinds that the official plugin knows by heart. It asks the cluster for all others, and without one takes them for namespaced. */
const scopes: Readonly<Record<string, boolean>> = {
  ClusterRole: false,
  ClusterRoleBinding: false,
  ConfigMap: true,
  Deployment: true,
  HorizontalPodAutoscaler: true,
  Ingress: true,
  Lease: true,
  LimitRange: true,
  Namespace: false,
  NetworkPolicy: true,
  PersistentVolumeClaim: true,
  Pod: true,
  PodDisruptionBudget: true,
  ResourceQuota: true,
  Role: true,
  RoleBinding: true,
  Secret: true,
  Service: true,
  ServiceAccount: true,
  StatefulSet: true,
  StorageClass: false,
};

export const isBuiltIn = (kind: Kind): boolean => builtIn[`${apiVersionOf(kind)}/${kind.kind}`] !== undefined;

/** Whether the kind lives in a namespace, or nothing where only a cluster can tell. */
export function knownScope(kind: Kind): boolean | undefined {
  return isBuiltIn(kind) ? scopes[kind.kind] : undefined;
}

/**
 * The kind that a type token such as `kubernetes:apps/v1:Deployment` stands for.
 *
 * @throws for what this stand-in does not know
 */
export function kindOfType(type: string): Kind {
  const [, module = "", name = ""] = type.split(":");
  const [first = "", version = "", ...rest] = module.split("/");
  const kind: Kind = { group: first === "core" ? "" : first, version, kind: name };
  const custom = !ownGroup.test(kind.group) || customGroups.has(kind.group);
  if (version === "" || rest.length > 0 || name === "" || notKinds.test(module)) throw unknown(type);
  // A custom kind may well be called EnvoyPatchPolicy, but only the SDK's patches end in Patch.
  if (name.endsWith("Patch")) throw unknown(type);
  if (!custom && !isBuiltIn(kind)) throw unknown(type);
  return kind;
}

function unknown(type: string): Error {
  const known = Object.keys(builtIn).sort().join(", ");
  return new Error(
    `this stand-in for kubernetes does not know ${type}; it knows ${known} and custom resources. Use the official plugin for the rest.`,
  );
}
