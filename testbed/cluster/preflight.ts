/** What a deployment needs of a cluster, found out before anything is made: half of one is worse than none. */
import { Problem } from "../progress";
import type { Kubectl } from "./kubectl";

export interface Reference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** An object as the deployment would make it, or as the cluster has it. */
export interface ClusterObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: kinds differ, and the API server checks them.
  readonly spec?: any;
  /** Of a Secret. */
  readonly data?: Readonly<Record<string, string>>;
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}

/** What must be there, with what to do if it is not. */
export interface Need extends Reference {
  readonly hint: string;
  /** What must be in the data of a Secret. */
  readonly keys?: readonly string[];
}

/** Objects that a deployment refers to and does not make. Pure. */
export function needsOf(planned: readonly ClusterObject[]): Need[] {
  const made = new Set(planned.flatMap((one) => (one.metadata?.name ? [keyOf(one as Reference)] : [])));
  const needs = planned.flatMap(neededBy);
  // What an operator is told to make is made too, and what is to be in a namespace that is not there yet comes later.
  const missing = needs.filter((one) => !made.has(keyOf(one)) && !(one.keys && awaits(one, made)));
  // Two parts may want different values of one Secret.
  return missing
    .filter((one, i) => missing.findIndex((other) => keyOf(other) === keyOf(one)) === i)
    .map((one) => {
      const keys = missing.flatMap((other) => (keyOf(other) === keyOf(one) ? (other.keys ?? []) : []));
      return keys.length > 0 ? { ...one, keys: [...new Set(keys)] } : one;
    });
}

/** Whether a Secret cannot be there before the deployment begins. */
function awaits({ metadata: { name, namespace = "" } }: Need, made: ReadonlySet<string>): boolean {
  return made.has(`/Namespace//${namespace}`) || made.has(`external-secrets.io/ExternalSecret/${namespace}/${name}`);
}

function neededBy({ kind, metadata = {}, spec = {} }: ClusterObject): Need[] {
  const { namespace } = metadata;
  const need = (apiVersion: string, of: string, name: string | undefined, hint: string, where?: string): Need[] =>
    name ? [{ apiVersion, kind: of, metadata: { name, ...(where ? { namespace: where } : {}) }, hint }] : [];
  const pod = spec.template?.spec ?? {};
  const claims = [
    kind === "PersistentVolumeClaim" ? spec : undefined,
    ...(spec.volumeClaimTemplates ?? []).map(specOf),
  ];
  const issuer = kind === "Certificate" ? spec.issuerRef : undefined;
  const parents = kind === "TLSRoute" || kind === "HTTPRoute" ? spec.parentRefs : [];
  return [
    ...need("v1", "Namespace", namespace, "make it first, or leave it out of existingNamespaces"),
    ...claims.flatMap((claim) =>
      need(
        "storage.k8s.io/v1",
        "StorageClass",
        claim?.storageClassName,
        "set kubernetes.storageClass to one of kubectl get storageclasses",
      ),
    ),
    ...need(
      "node.k8s.io/v1",
      "RuntimeClass",
      pod.runtimeClassName,
      "set kubernetes.runtimeClassName to one of kubectl get runtimeclasses",
    ),
    ...need(
      "networking.k8s.io/v1",
      "IngressClass",
      spec.ingressClassName,
      "set kubernetes.entrance.className to one of kubectl get ingressclasses",
    ),
    ...(pod.imagePullSecrets ?? []).flatMap(({ name }: { name: string }) =>
      need(
        "v1",
        "Secret",
        name,
        "make it in the namespace of each zone, or remove it from imagePullSecrets",
        namespace,
      ),
    ),
    ...(pod.volumes ?? [])
      .flatMap(existingSecrets)
      .flatMap(({ name, keys }: { name: string; keys: string[] }) =>
        need(
          "v1",
          "Secret",
          name,
          "have your store make it there, or name another one in kubernetes.existingSecrets",
          namespace,
        ).map((one) => ({ ...one, keys })),
      ),
    ...need(
      "external-secrets.io/v1",
      spec.secretStoreRef?.kind,
      spec.secretStoreRef?.name,
      "set kubernetes.externalSecrets.store to one that is there",
      spec.secretStoreRef?.kind === "SecretStore" ? namespace : undefined,
    ),
    ...(pod.volumes ?? []).flatMap((one: { persistentVolumeClaim?: { claimName: string } }) =>
      need(
        "v1",
        "PersistentVolumeClaim",
        one.persistentVolumeClaim?.claimName,
        "make it first, or leave stateVolume out",
        namespace,
      ),
    ),
    ...need(
      `${issuer?.group}/v1`,
      issuer?.kind,
      issuer?.name,
      "make it first, or name another one",
      issuer?.kind?.includes("Cluster") ? undefined : namespace,
    ),
    ...parents.flatMap((parent: { name: string; namespace: string }) =>
      need(
        "gateway.networking.k8s.io/v1",
        "Gateway",
        parent.name,
        "set kubernetes.entrance.gateway to one of kubectl get gateways --all-namespaces",
        parent.namespace,
      ),
    ),
  ];
}

/** Secrets of which single values are mounted. */
function existingSecrets(volume: {
  projected?: { sources: { secret?: { name: string; items?: { key: string }[] } }[] };
}): { name: string; keys: string[] }[] {
  return (volume.projected?.sources ?? []).flatMap(({ secret }) =>
    secret?.items ? [{ name: secret.name, keys: secret.items.map(({ key }) => key) }] : [],
  );
}

const specOf = ({ spec }: { spec: unknown }) => spec;

/** What stands in the way of what is planned, given what the cluster said. Pure. */
export function problemsOf(
  prefix: string,
  { taken, needs, found, unknown, hasDefaultStorage }: Found,
  planned: readonly ClusterObject[],
): string[] {
  const there = new Map(found.map((one) => [keyOf(one as Reference), one]));
  const usesDefault = planned.some(({ spec }) =>
    (spec?.volumeClaimTemplates ?? []).some(
      (claim: { spec: { storageClassName?: string } }) => !claim.spec.storageClassName,
    ),
  );
  return [
    ...unknown.map(
      (kind) =>
        `${kind}: the cluster does not know this kind; install what brings it, ${bringsOf(kind)}, and try again`,
    ),
    ...taken.map((one) => takenProblem(one, prefix)),
    ...needs.flatMap((need) => {
      if (unknown.some((kind) => kind.startsWith(`${need.kind} `))) return [];
      const one = there.get(keyOf(need));
      if (!one) return [`${nameOf(need)} is not there; ${need.hint}`];
      return [...problemWith(one), ...lacking(one, need.keys ?? [])];
    }),
    ...(usesDefault && !hasDefaultStorage
      ? ["no StorageClass is the cluster's default; set kubernetes.storageClass to one of kubectl get storageclasses"]
      : []),
  ];
}

/** Names of namespaces and of what belongs to the whole cluster begin with the prefix; others are those of workloads. */
function takenProblem(one: ClusterObject, prefix: string): string {
  const name = one.metadata?.name ?? "";
  const otherwise = name.startsWith(`${prefix}-`)
    ? "choose another kubernetes.prefix"
    : "use another namespace in existingNamespaces";
  const hint = `${otherwise}${one.kind === "Namespace" ? ", or name it in existingNamespaces if it is to be used" : ""}`;
  return one.metadata?.labels?.["app.kubernetes.io/part-of"] === prefix
    ? `${nameOf(one)} is there already, of a deployment with the prefix "${prefix}" that this state knows nothing of; remove it, or ${hint}`
    : `${nameOf(one)} is there already and is somebody else's; ${hint}`;
}

export interface Found {
  /** Of what is planned, what is there already. */
  readonly taken: readonly ClusterObject[];
  readonly needs: readonly Need[];
  /** Of what is needed, what is there. */
  readonly found: readonly ClusterObject[];
  /** Kinds the API server does not know. */
  readonly unknown: readonly string[];
  readonly hasDefaultStorage: boolean;
}

/** Values that are not in a Secret, or are empty. */
function lacking(one: ClusterObject, keys: readonly string[]): string[] {
  const missing = keys.filter((key) => !one.data?.[key]);
  return missing.map(
    (key) => `${nameOf(one)} has no value "${key}"; put it there, or name another key in kubernetes.existingSecrets`,
  );
}

/** There, and of no use. */
function problemWith(one: ClusterObject): string[] {
  if (one.kind === "Namespace" && one.status?.phase === "Terminating")
    return [`${nameOf(one)} is being removed; wait until it is gone, or use another`];
  if (!/Issuer$/.test(one.kind)) return [];
  if (one.spec?.acme)
    return [
      `${nameOf(one)} asks by ACME, which issues no names inside a deployment; use one that signs itself, such as of kind CA or Vault`,
    ];
  if (one.spec?.selfSigned)
    return [
      `${nameOf(one)} has every certificate sign itself, so that no root leads to it; use one that signs, such as of kind CA or Vault`,
    ];
  const ready = one.status?.conditions?.find(({ type }) => type === "Ready");
  return ready?.status === "True"
    ? []
    : [`${nameOf(one)} is not ready${ready?.message ? ` (${ready.message})` : ""}; repair it first`];
}

/** @throws Problem that names everything that stands in the way */
export async function demandFitting(
  kubectl: Kubectl,
  prefix: string,
  planned: readonly ClusterObject[],
): Promise<void> {
  const needs = needsOf(planned);
  const named = planned.filter((one) => one.metadata?.name) as Reference[];
  const [taken, found] = [await look(kubectl, named), await look(kubectl, needs)];
  const classes = await kubectl.get<{ items: ClusterObject[] }>(["storageclasses"]);
  const isDefault = ({ metadata }: ClusterObject) =>
    metadata?.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true";
  const problems = problemsOf(
    prefix,
    {
      taken: taken.objects,
      needs,
      found: found.objects,
      unknown: [...new Set([...taken.unknown, ...found.unknown])],
      hasDefaultStorage: classes.items.some(isDefault),
    },
    planned,
  );
  if (problems.length > 0)
    throw new Problem(
      ["The cluster is not as this deployment needs it, so nothing was made:", ...problems].join("\n  "),
    );
}

async function look(
  kubectl: Kubectl,
  references: readonly Reference[],
): Promise<{ objects: ClusterObject[]; unknown: string[] }> {
  if (references.length === 0) return { objects: [], unknown: [] };
  const items = references.map(({ apiVersion, kind, metadata: { name, namespace } }) => ({
    apiVersion,
    kind,
    metadata: { name, ...(namespace ? { namespace } : {}) },
  }));
  const input = items.map((item) => JSON.stringify(item)).join("\n");
  const args = ["get", "--filename=-", "--ignore-not-found", "--output=json"];
  const { code, stdout, stderr } = await kubectl.attempt(args, { input });
  const unknown = [...stderr.matchAll(/no matches for kind "([^"]+)" in version "([^"]+)"/g)].map(
    ([, kind, version]) => `${kind} of ${version}`,
  );
  if (code !== 0 && unknown.length === 0) throw new Problem(`The cluster cannot be looked at: ${stderr.trim()}`);
  if (stdout.trim() === "") return { objects: [], unknown };
  const said = JSON.parse(stdout) as ClusterObject & { items?: ClusterObject[] };
  return { objects: said.items ?? [said], unknown };
}

/** API groups change their version, objects stay the same. */
function keyOf({ apiVersion, kind, metadata: { name, namespace = "" } }: Reference): string {
  const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
  return `${group}/${kind}/${namespace}/${name}`;
}

function nameOf({ kind, metadata }: ClusterObject): string {
  return `${kind} ${metadata?.namespace ? `${metadata.namespace}/` : ""}${metadata?.name}`;
}

function bringsOf(kind: string): string {
  if (kind.includes("cert-manager.io")) return "such as cert-manager with its CRDs";
  if (kind.includes("external-secrets.io")) return "such as External Secrets 0.16 or newer";
  if (kind.includes("gateway.networking.k8s.io"))
    return "such as the Gateway API in the version your gateway is made for (entrance.gateway.tlsRouteVersion)";
  return "or use another";
}
