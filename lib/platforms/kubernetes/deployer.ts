import type { Perimeter } from "../../perimeter";
import type { PlatformArgs } from "..";
import { type EntranceArgs, EntranceKind, type KubernetesArgs } from "./args";
import { commonLabels, zoneLabels } from "./labels";
import { namespaceOf, namespacesOf } from "./names";
import { NOWHERE, TRUST_CONTROLLER, withTrustController } from "./perimeter";

/** An object as the API has it. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
}

/** Whom a deployment runs as. */
export interface DeployerArgs {
  /** The same settings that the deployment has. */
  platform: PlatformArgs;
  /** Name of the component, which names begin with unless the platform's `prefix` says otherwise. */
  name: string;
  perimeter: Perimeter;
  /** The account: a ServiceAccount, or a user of your identity provider. */
  subject: DeployerSubject;
}

export interface DeployerSubject {
  /** `ServiceAccount`, `User` or `Group`. */
  kind: string;
  name: string;
  /** Of a ServiceAccount. */
  namespace?: string;
}

interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

const CHANGE = ["get", "list", "watch", "create", "patch", "update", "delete"];
const LOOK = ["get", "list", "watch"];

/** What is made in the namespaces of zones, by API group. */
const MADE: Record<string, string[]> = {
  "": ["services", "serviceaccounts", "secrets"],
  apps: ["deployments", "statefulsets"],
  autoscaling: ["horizontalpodautoscalers"],
  "cert-manager.io": ["certificates"],
  "networking.k8s.io": ["networkpolicies"],
  policy: ["poddisruptionbudgets"],
  "rbac.authorization.k8s.io": ["roles", "rolebindings"],
};

/** What tells whether that works. */
const WATCHED: Record<string, string[]> = {
  "": ["pods", "events", "persistentvolumeclaims", "endpoints"],
  apps: ["replicasets", "controllerrevisions"],
  "discovery.k8s.io": ["endpointslices"],
};

/**
 * What an administrator makes once, so that deployments can run with rights in their own namespaces and over their own few cluster-wide
 * objects alone: the namespaces, roles in them, and who has the roles. The deployment is then told to use them: `existingNamespaces` of
 * its platform names them all. Pure.
 *
 * @example
 * const objects = deployerAccess({ platform, name: "assistant", perimeter, subject: { kind: "Group", name: "deployers" } });
 * writeFileSync("deployer.json", JSON.stringify({ apiVersion: "v1", kind: "List", items: objects })); // kubectl apply -f deployer.json
 */
export function deployerAccess({ platform, name, perimeter, subject }: DeployerArgs): KubernetesObject[] {
  const { kubernetes: args } = platform;
  if (!args) throw new Error("only deployments to Kubernetes have such roles; give the platform kubernetes({ ... })");
  const prefix = args.prefix ?? name;
  const whole = perimeter.workloads.some((one) => one.name === TRUST_CONTROLLER)
    ? perimeter
    : withTrustController(perimeter, args.apiServer ?? NOWHERE);
  const namespaces = namespacesOf(whole, args, prefix);
  const { namespace: certManager = "cert-manager" } = args.certManager ?? {};
  const controller = namespaceOf(whole, namespaces, TRUST_CONTROLLER);
  // Not the deployment's own, which may remove what is labelled as that.
  const part = `${prefix}-access`;
  const labels = commonLabels(args, part);
  const grant = (namespace: string, rules: Rule[]) => role(`${prefix}-deployer`, namespace, labels, rules, subject);
  return [
    ...Object.entries(namespaces).flatMap(([zone, namespace]) => [
      ...(zone in (args.existingNamespaces ?? {})
        ? []
        : [
            {
              apiVersion: "v1",
              kind: "Namespace",
              metadata: { name: namespace, labels: zoneLabels(args, part, zone) },
            },
          ]),
      ...grant(namespace, [
        ...rulesFor(MADE, CHANGE),
        ...rulesFor(routes(args.entrance), CHANGE),
        ...(args.externalSecrets ? rulesFor({ "external-secrets.io": ["externalsecrets"] }, CHANGE) : []),
        ...rulesFor(WATCHED, LOOK),
        // Nobody may give away a right that he has not.
        ...(namespace === controller
          ? [{ apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create", "update"] }]
          : []),
      ]),
    ]),
    // An issuer that is there already is nobody's to change.
    ...(args.certManager?.issuer ? [] : grant(certManager, named("", "secrets", [`${prefix}-internal`]))),
    ...clusterRole(`${prefix}-deployer`, labels, clusterRules(prefix, args), subject),
  ];
}

/** What tells a controller in front, by API group. */
function routes({ kind, terminatesTls }: EntranceArgs = {}): Record<string, string[]> {
  if (kind === EntranceKind.Ingress) return { "networking.k8s.io": ["ingresses"] };
  if (kind !== EntranceKind.Gateway) return {};
  const group = "gateway.networking.k8s.io";
  return terminatesTls
    ? { "": ["configmaps"], [group]: ["httproutes", "backendtlspolicies"] }
    : { [group]: ["tlsroutes"] };
}

function clusterRules(prefix: string, { certManager }: KubernetesArgs): Rule[] {
  return [
    ...(certManager?.issuer ? [] : named("cert-manager.io", "clusterissuers", [`${prefix}-internal`])),
    ...["validatingadmissionpolicies", "validatingadmissionpolicybindings"].flatMap((resource) =>
      named("admissionregistration.k8s.io", resource, [`${prefix}-certificates`, `${prefix}-certificaterequests`]),
    ),
  ];
}

/** Creating cannot be limited to names; everything else is. */
function named(group: string, resource: string, names: string[]): Rule[] {
  return [
    { apiGroups: [group], resources: [resource], verbs: ["create"] },
    {
      apiGroups: [group],
      resources: [resource],
      resourceNames: names,
      verbs: CHANGE.filter((verb) => verb !== "create"),
    },
  ];
}

function rulesFor(groups: Record<string, string[]>, verbs: string[]): Rule[] {
  return Object.entries(groups).map(([group, resources]) => ({ apiGroups: [group], resources, verbs }));
}

const RBAC = "rbac.authorization.k8s.io";

function role(
  name: string,
  namespace: string,
  labels: Record<string, string>,
  rules: Rule[],
  subject: DeployerSubject,
): KubernetesObject[] {
  const metadata = { name, namespace, labels };
  const apiVersion = `${RBAC}/v1`;
  return [
    { apiVersion, kind: "Role", metadata, rules } as KubernetesObject,
    { apiVersion, kind: "RoleBinding", metadata, roleRef: ref("Role", name), subjects: [subject] } as KubernetesObject,
  ];
}

function clusterRole(
  name: string,
  labels: Record<string, string>,
  rules: Rule[],
  subject: DeployerSubject,
): KubernetesObject[] {
  const metadata = { name, labels };
  const apiVersion = `${RBAC}/v1`;
  return [
    { apiVersion, kind: "ClusterRole", metadata, rules } as KubernetesObject,
    {
      apiVersion,
      kind: "ClusterRoleBinding",
      metadata,
      roleRef: ref("ClusterRole", name),
      subjects: [subject],
    } as KubernetesObject,
  ];
}

function ref(kind: string, name: string) {
  return { apiGroup: RBAC, kind, name };
}
