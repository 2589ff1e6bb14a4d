/** What a deployment has on a cluster, found by its label: for what Pulumi's state does not know, because a run was killed. */
import type { Resource } from "../stack";
import type { Kubectl } from "./kubectl";

/** Everything the library makes, and nothing that a controller makes of it. */
const kinds = [
  ...["statefulsets", "deployments", "services", "serviceaccounts", "secrets", "networkpolicies"],
  ...["poddisruptionbudgets", "horizontalpodautoscalers", "roles", "rolebindings"],
  ...["certificates.cert-manager.io", "clusterissuers.cert-manager.io"],
  ...["validatingadmissionpolicies", "validatingadmissionpolicybindings", "namespaces"],
];

interface Found {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** The objects of the deployment that `resources` does not name. */
export async function unknownObjects(
  kubectl: Kubectl,
  prefix: string,
  resources: readonly Resource[],
): Promise<readonly Found[]> {
  const known = new Set(
    resources
      .filter(({ type }) => type.startsWith("kubernetes:"))
      .map(({ type, id }) => `${type.split(":").at(-1)} ${id}`),
  );
  const selector = `--selector=app.kubernetes.io/part-of=${prefix}`;
  const { items } = await kubectl.get<{ items: Found[] }>([kinds.join(","), "--all-namespaces", selector]);
  return items.filter(
    (one) => !known.has(`${one.kind} ${idOf(one)}`) && one.metadata.annotations?.[issued] === undefined,
  );
}

/** On what cert-manager puts certificates into. */
const issued = "cert-manager.io/certificate-name";

const idOf = ({ metadata: { name, namespace } }: Found): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

export async function removeObjects(kubectl: Kubectl, objects: readonly Found[]): Promise<void> {
  for (const { kind, metadata } of objects) {
    const where = metadata.namespace === undefined ? [] : [`--namespace=${metadata.namespace}`];
    await kubectl.run(["delete", kind, metadata.name, ...where, "--ignore-not-found"]);
  }
}
