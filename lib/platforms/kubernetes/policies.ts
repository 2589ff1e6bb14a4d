import { NOT_PUBLIC_IPV4 } from "../../internal/not-public";
import { type Flow, INTERNET, type Perimeter, portNumber, type Workload, workload } from "../../perimeter";
import { isWithin } from "../../perimeter/cidr";
import type { DnsArgs, EntranceArgs, KubernetesArgs } from "./args";
import { QUARANTINE_LABEL, WORKLOAD_LABEL } from "./labels";
import { type Namespaces, namespaceOf } from "./names";

/** A NetworkPolicy's name, place and spec, as the API has it. Two hyphens, which no name of ours has, keep names of policies apart. */
export interface PolicySpec {
  name: string;
  namespace: string;
  spec: {
    podSelector: Selector;
    policyTypes: ("Ingress" | "Egress")[];
    ingress?: { from: Peer[]; ports: Port[] }[];
    egress?: { to: Peer[]; ports: Port[] }[];
  };
}

interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: "NotIn" | "Exists"; values?: string[] }[];
}

type Peer = { namespaceSelector: Selector; podSelector: Selector } | { ipBlock: { cidr: string; except?: string[] } };

interface Port {
  protocol: "TCP" | "UDP";
  port: number;
}

/** Policies of a perimeter: nothing in or out of any zone, and then a pair for each flow with exact pods and ports. Pure. */
export function networkPolicies(perimeter: Perimeter, namespaces: Namespaces, args: KubernetesArgs): PolicySpec[] {
  const { existingNamespaces = {}, existingPods = {} } = args;
  const place: Place = {
    namespace: (name) => namespaceOf(perimeter, namespaces, name),
    pods: (name) => pods(existingPods[name] ?? { [WORKLOAD_LABEL]: name }),
  };
  return [
    ...perimeter.zones.map(({ name }) => denyAll(namespaces[name] as string, name in existingNamespaces)),
    ...Object.entries(existingPods).map(([name, labels]) => denyExisting(name, place.namespace(name), labels)),
    ...perimeter.flows.flatMap((flow) => {
      if (flow.to === INTERNET) return [];
      if (flow.from === INTERNET) return [entrance(perimeter, flow, place, args.entrance)];
      return pair(perimeter, flow, place);
    }),
    ...exits(perimeter, place),
    ...[...new Set([...resolvers(perimeter), ...callers(perimeter, existingPods)])].map((name) =>
      lookUp(name, place, args.dns),
    ),
  ];
}

/** The workloads that call hosts outside, and so need to look names up. Pure. */
export function resolvers({ flows }: Perimeter): string[] {
  return [...new Set(flows.filter(({ to }) => to === INTERNET).map(({ from }) => from))];
}

/** Pods of the company's call others by the names of their Services; our own are told addresses. */
function callers({ flows }: Perimeter, existingPods: Record<string, unknown>): string[] {
  return flows.map(({ from }) => from).filter((name) => name in existingPods);
}

/** Where a workload's pods are, and what they are known by. */
interface Place {
  namespace(workload: string): string;
  pods(workload: string): Selector;
}

function denyAll(namespace: string, shared: boolean): PolicySpec {
  // In a namespace of the company's own there may be pods that are none of our business.
  const podSelector: Selector = shared ? { matchExpressions: [{ key: WORKLOAD_LABEL, operator: "Exists" }] } : {};
  return { name: "default-deny", namespace, spec: { podSelector, policyTypes: ["Ingress", "Egress"] } };
}

/** Even in quarantine, so without a look at that label. */
function denyExisting(name: string, namespace: string, matchLabels: Record<string, string>): PolicySpec {
  return {
    name: `${name}--default-deny`,
    namespace,
    spec: { podSelector: { matchLabels }, policyTypes: ["Ingress", "Egress"] },
  };
}

/** Both ends say yes, or there is no way. */
function pair(perimeter: Perimeter, flow: Flow, place: Place): PolicySpec[] {
  const { from, to, port } = flow;
  const callee = workload(perimeter, to);
  const ports = [tcp(portNumber(perimeter, flow))];
  const leave: PolicySpec = {
    name: `${from}--to--${to}--${port}`,
    namespace: place.namespace(from),
    spec: { podSelector: place.pods(from), policyTypes: ["Egress"], egress: [{ to: at(callee, place), ports }] },
  };
  if (callee.addresses) return [leave];
  const arrive: PolicySpec = {
    name: `${to}--from--${from}--${port}`,
    namespace: place.namespace(to),
    spec: { podSelector: place.pods(to), policyTypes: ["Ingress"], ingress: [{ from: [podsIn(from, place)], ports }] },
  };
  return [leave, arrive];
}

function at({ name, addresses }: Workload, place: Place): Peer[] {
  return addresses ? addresses.map((cidr) => ({ ipBlock: { cidr } })) : [podsIn(name, place)];
}

function entrance(perimeter: Perimeter, flow: Flow, place: Place, args: EntranceArgs = {}): PolicySpec {
  const { proxy, from = ["0.0.0.0/0"], except = [] } = args;
  const peers: Peer[] = proxy
    ? [{ namespaceSelector: namespaceNamed(proxy.namespace), podSelector: { matchLabels: proxy.labels } }]
    : from.map((cidr) => {
        // The API takes no exception from a range that it is not in.
        const inside = except.filter((range) => isWithin(range, cidr));
        return { ipBlock: { cidr, ...(inside.length > 0 ? { except: inside } : {}) } };
      });
  const ports = [tcp(portNumber(perimeter, flow))];
  return {
    name: `${flow.to}--from--${INTERNET}--${flow.port}`,
    namespace: place.namespace(flow.to),
    spec: { podSelector: place.pods(flow.to), policyTypes: ["Ingress"], ingress: [{ from: peers, ports }] },
  };
}

/** A policy knows no host names, so that it only keeps inside addresses out; which hosts, the egress gateway says. */
function exits({ flows }: Perimeter, place: Place): PolicySpec[] {
  const out = flows.filter(({ to }) => to === INTERNET);
  const keys = [...new Set(out.map(({ from, port }) => `${from} ${port}`))];
  return keys.map((key) => {
    const [from, port] = key.split(" ") as [string, string];
    const ranges = out.filter((flow) => flow.from === from && flow.port === port).flatMap((flow) => flow.ranges ?? []);
    const to: Peer[] = [
      { ipBlock: { cidr: "0.0.0.0/0", except: NOT_PUBLIC_IPV4 } },
      ...[...new Set(ranges)].map((cidr) => ({ ipBlock: { cidr } })),
    ];
    return {
      name: `${from}--to--${INTERNET}--${port}`,
      namespace: place.namespace(from),
      spec: { podSelector: place.pods(from), policyTypes: ["Egress"], egress: [{ to, ports: [tcp(Number(port))] }] },
    };
  });
}

/** Policies see the port of the pod, which need not be the service's. */
function lookUp(name: string, place: Place, args: DnsArgs = {}): PolicySpec {
  const { namespace: dns = "kube-system", labels = { "k8s-app": "kube-dns" }, ports = [53, 1053] } = args;
  const to: Peer[] = [{ namespaceSelector: namespaceNamed(dns), podSelector: { matchLabels: labels } }];
  const both = ports.flatMap((port): Port[] => [{ protocol: "UDP", port }, tcp(port)]);
  return {
    name: `${name}--to--dns`,
    namespace: place.namespace(name),
    spec: { podSelector: place.pods(name), policyTypes: ["Egress"], egress: [{ to, ports: both }] },
  };
}

function podsIn(name: string, { namespace, pods }: Place): Peer {
  return { namespaceSelector: namespaceNamed(namespace(name)), podSelector: pods(name) };
}

/** The label is the API server's own: nobody can give it to another namespace. */
function namespaceNamed(name: string): Selector {
  return { matchLabels: { "kubernetes.io/metadata.name": name } };
}

/** A pod in quarantine is selected by no policy but the denial. */
function pods(matchLabels: Record<string, string>): Selector {
  return {
    matchLabels,
    matchExpressions: [{ key: QUARANTINE_LABEL, operator: "NotIn", values: ["true"] }],
  };
}

function tcp(port: number): Port {
  return { protocol: "TCP", port };
}
