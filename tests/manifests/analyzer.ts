import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { PodsArgs } from "../../lib";
import { namespace, pod } from "../support/cluster-perimeters";
import { inFolder, type Manifest } from "../support/manifests";
import { type Edge, outside } from "../support/matrix";
import { addresses } from "../support/ranges";
import { CONTROLLER } from "./presets";

const WORKLOAD = "zero-trust-openclaw/workload";
/** What it reads; all else makes it only warn. */
const KINDS = ["Namespace", "NetworkPolicy", "Deployment", "StatefulSet"];

/** Everything that netpol-analyzer finds to be permitted within our namespaces, and between them and anybody else. */
export async function permitted(objects: readonly Manifest[], controller: PodsArgs = CONTROLLER): Promise<Edge[]> {
  const read = [...objects.filter(({ kind }) => KINDS.includes(kind)), ...neighbours(objects, controller)];
  const { stdout } = await inFolder(read, (folder) =>
    promisify(execFile)(process.env.NETPOLICY ?? "netpolicy", [
      ...["list", "--quiet", "--output", "json", "--dirpath", folder],
    ]),
  );
  const found = (JSON.parse(stdout) ?? []) as { src: string; dst: string; conn: string }[];
  const places = namespacesOf(objects);
  const isOurs = (end: string) => places.some((place) => end.startsWith(`${place}/`));
  const named = new Map(
    objects
      .filter(isWorkload)
      .map(({ kind, metadata }) => [`${metadata.namespace}/${metadata.name}[${kind}]`, metadata.name]),
  );
  const name = (end: string) => named.get(end) ?? end.replace(/\[.*\]$/, "");
  const edges: Edge[] = [];
  // Of addresses it says no more than is needed to tell them apart.
  const abroad = new Map<string, { edge: Edge; end: "from" | "to"; ranges: string[] }>();
  for (const { src, dst, conn } of found) {
    // What is none of ours may do as it likes among its own.
    if (!isOurs(src) && !isOurs(dst)) continue;
    for (const port of ports(conn)) {
      const edge = { from: name(src), to: name(dst), port };
      const end = isAddress(src) ? "from" : isAddress(dst) ? "to" : undefined;
      if (end === undefined) edges.push(edge);
      else {
        const key = JSON.stringify({ ...edge, [end]: "" });
        const known = abroad.get(key) ?? { edge, end, ranges: [] };
        abroad.set(key, { ...known, ranges: [...known.ranges, edge[end]] });
      }
    }
  }
  const across = [...abroad.values()].map(({ edge, end, ranges }) => ({ ...edge, [end]: outside(addresses(ranges)) }));
  return [...edges, ...across];
}

export type Side = "Ingress" | "Egress";

/** What one side alone says of our pods: of those who come in, or of where they go. */
export async function permittedBy(side: Side, objects: readonly Manifest[]): Promise<Edge[]> {
  const half = objects.map((object) => (object.kind === "NetworkPolicy" ? oneSided(object, side) : object));
  const ours = new Set(objects.filter(isWorkload).map(({ metadata }) => metadata.name));
  const places = namespacesOf(objects);
  const isOurs = (end: string) => ours.has(end) || places.some((place) => end.startsWith(`${place}/`));
  return (await permitted(half)).filter(({ from, to }) => isOurs(side === "Ingress" ? to : from));
}

function oneSided(policy: Manifest, side: Side): Manifest {
  const { podSelector, policyTypes, ingress, egress } = policy.spec as PolicySpec;
  const rules = side === "Ingress" ? { ingress } : { egress };
  // One that says nothing of this side selects nobody.
  const selected = policyTypes.includes(side) ? podSelector : { matchLabels: { nobody: "has-this" } };
  return { ...policy, spec: { podSelector: selected, policyTypes: [side], ...rules } };
}

export interface PolicySpec {
  podSelector: object;
  policyTypes: Side[];
  ingress?: Rule[];
  egress?: Rule[];
}
export interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports: { protocol: string; port: number }[];
}
export interface Peer {
  namespaceSelector?: object;
  podSelector?: object;
  ipBlock?: { cidr: string; except?: string[] };
}

function namespacesOf(objects: readonly Manifest[]): string[] {
  return objects.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name);
}

function isWorkload({ kind, metadata }: Manifest): boolean {
  return ["Deployment", "StatefulSet"].includes(kind) && metadata.labels?.[WORKLOAD] !== undefined;
}

function isAddress(end: string): boolean {
  return /^[\d.]+-[\d.]+$/.test(end);
}

/** `TCP 8443,9000-9001,UDP 53` and the like, one by one; long ranges stay what they are. */
function ports(conn: string): string[] {
  let protocol = "";
  return conn.split(",").flatMap((part) => {
    const [, named, range = part] = /^([A-Z]+) (.*)$/.exec(part) ?? [];
    protocol = named ?? protocol;
    if (!protocol) return [part];
    const [first = 0, last = first] = range.split("-").map(Number);
    if (last - first > 9) return [`${protocol} ${range}`];
    return Array.from({ length: last - first + 1 }, (_, i) => `${protocol} ${first + i}`);
  });
}

/**
 * Others in the same cluster: its name service, an ingress controller, somebody, those who label their pods as ours or its are labelled, and in each of our
 * namespaces a pod that nobody knows.
 */
function neighbours(objects: readonly Manifest[], controller: PodsArgs): Manifest[] {
  const labels = new Set(objects.filter(isWorkload).map(({ metadata }) => `${metadata.labels?.[WORKLOAD]}`));
  return [
    ...["kube-system", "others"].map((name) => namespace(name)),
    pod("kube-system", "kube-dns", { "k8s-app": "kube-dns" }),
    pod("kube-system", "another", { app: "another" }),
    pod("others", "stranger", { app: "stranger" }),
    pod("others", "false-dns", { "k8s-app": "kube-dns" }),
    namespace(controller.namespace),
    pod(controller.namespace, "controller", controller.labels),
    pod(controller.namespace, "beside-it", { app: "another" }),
    pod("others", "false-controller", controller.labels),
    ...[...labels].map((label) => pod("others", `false-${label}`, { [WORKLOAD]: label })),
    ...namespacesOf(objects).map((place) => pod(place, "newcomer", { app: "newcomer" })),
  ];
}
