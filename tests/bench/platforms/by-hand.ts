/** What Pulumi's state says of a deployment, as somebody would have written it without components. Pure. */

/** A resource of `pulumi stack export --show-secrets`. */
export interface Exported {
  urn: string;
  type: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

/** What the program by hand makes, in this order. */
export interface Written {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  /** Places in the list of what it comes after. */
  after: number[];
}

/** How Pulumi's state marks a value. */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";

interface KubernetesObject {
  kind?: string;
  metadata?: { name?: string; namespace?: string };
  // biome-ignore lint/suspicious/noExplicitAny: kinds differ.
  spec?: any;
}

/**
 * The same objects with the same values. One comes after another only if it names it and cannot do without it at first: what is in a
 * namespace, what runs with files and certificates, what is issued by an issuer.
 */
export function byHand(resources: readonly Exported[]): Written[] {
  const wanted = resources.filter(({ type }) => /^(kubernetes|random|tls):/.test(type));
  const objects = wanted.map(({ inputs }) => shown(inputs) as KubernetesObject);
  const makers = new Map(objects.flatMap((one, i) => makes(one).map((key) => [key, i])));
  const order: number[] = [];
  const place = (i: number): void => {
    if (order.includes(i)) return;
    for (const before of needed(i)) place(before);
    order.push(i);
  };
  const needed = (i: number): number[] => [
    ...new Set(needs(objects[i] as KubernetesObject).flatMap((key) => makers.get(key) ?? [])),
  ];
  wanted.forEach((_, i) => {
    place(i);
  });
  return order.map((i) => {
    const { type, urn, inputs = {}, outputs } = wanted[i] as Exported;
    return {
      type,
      name: urn.split("::").at(-1) ?? "",
      inputs: withAddress(inputs, outputs),
      after: needed(i).map((before) => order.indexOf(before)),
    };
  });
}

const key = (kind: string, name: unknown, namespace?: string): string => `${kind} ${namespace ?? ""} ${name}`;

function makes({ kind = "", metadata: { name, namespace } = {}, spec }: KubernetesObject): string[] {
  if (name === undefined) return [];
  const own = key(kind, name, namespace);
  if (kind === "Certificate") return [own, key("Secret", spec.secretName, namespace)];
  // An issuer says only its name.
  return kind === "Secret" ? [own, key("Secret", name)] : [own];
}

function needs({ kind, metadata: { namespace } = {}, spec }: KubernetesObject): string[] {
  const pod = spec?.template?.spec;
  const issuer = kind === "Certificate" ? spec.issuerRef : undefined;
  return [
    ...(namespace ? [key("Namespace", namespace)] : []),
    ...(pod ? [key("ServiceAccount", pod.serviceAccountName, namespace)] : []),
    ...(pod?.volumes ?? []).flatMap(sources).map(([of, name]: [string, unknown]) => key(of, name, namespace)),
    ...(issuer ? [key(issuer.kind, issuer.name)] : []),
    ...(kind === "ClusterIssuer" && spec.ca ? [key("Secret", spec.ca.secretName)] : []),
  ];
}

// biome-ignore lint/suspicious/noExplicitAny: a volume of any kind.
function sources({ secret, configMap, projected }: any): [string, unknown][] {
  return [
    ...(secret ? [["Secret", secret.secretName ?? secret.name] as [string, unknown]] : []),
    ...(configMap ? [["ConfigMap", configMap.name] as [string, unknown]] : []),
    ...(projected?.sources ?? []).flatMap(sources),
  ];
}

/** Configurations have addresses of services in them, which somebody would choose who writes them down. */
function withAddress(inputs: Record<string, unknown>, outputs: Record<string, unknown> = {}): Record<string, unknown> {
  const clusterIP = (outputs.spec as { clusterIP?: string } | undefined)?.clusterIP;
  return inputs.kind === "Service" && clusterIP
    ? { ...inputs, spec: { ...(inputs.spec as object), clusterIP } }
    : inputs;
}

/** With secrets in plain text. */
function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== "object" || value === null) return value;
  if (SIGNATURE in value) return "plaintext" in value ? shown(JSON.parse(`${value.plaintext}`)) : undefined;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shown(one)]));
}
