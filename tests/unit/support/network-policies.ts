import ipaddr from "ipaddr.js";
import type { PolicySpec } from "../../../lib/platforms/kubernetes/policies";

/** Somebody with an address: a pod, or a host outside if it is in no namespace. */
export interface Party {
  name: string;
  address: string;
  namespace?: string;
  labels?: Record<string, string>;
}

export interface Port {
  protocol: string;
  port: number;
}

type Selector = PolicySpec["spec"]["podSelector"];
interface AnyPeer {
  namespaceSelector?: Selector;
  podSelector?: Selector;
  ipBlock?: { cidr: string; except?: string[] };
}

/**
 * Whether policies let one party connect to another, by the words of the API's documentation: a side that no policy selects is open; a
 * selected one is open for what any of its policies lists; and both sides must be. An `ipBlock` is taken to match pods too, as with some
 * network plugins it does.
 */
export function connects(policies: readonly PolicySpec[], from: Party, to: Party, port: Port): boolean {
  return permits(policies, "Egress", from, to, port) && permits(policies, "Ingress", to, from, port);
}

function permits(
  policies: readonly PolicySpec[],
  side: "Egress" | "Ingress",
  pod: Party,
  peer: Party,
  port: Port,
): boolean {
  if (pod.namespace === undefined) return true;
  const selecting = policies.filter(
    ({ namespace, spec }) =>
      namespace === pod.namespace && spec.policyTypes.includes(side) && selects(spec.podSelector, pod.labels ?? {}),
  );
  if (selecting.length === 0) return true;
  return selecting.some(({ namespace, spec }) => {
    const rules =
      side === "Egress"
        ? spec.egress?.map(({ to, ports }) => ({ peers: to, ports }))
        : spec.ingress?.map(({ from, ports }) => ({ peers: from, ports }));
    return (rules ?? []).some(
      ({ peers, ports }) =>
        ports.some((one) => one.protocol === port.protocol && one.port === port.port) &&
        peers.some((one) => matches(one, peer, namespace)),
    );
  });
}

function matches({ ipBlock, namespaceSelector, podSelector }: AnyPeer, party: Party, here: string): boolean {
  if (ipBlock)
    return within(party.address, ipBlock.cidr) && !(ipBlock.except ?? []).some((range) => within(party.address, range));
  if (party.namespace === undefined) return false;
  const place = namespaceSelector
    ? selects(namespaceSelector, { "kubernetes.io/metadata.name": party.namespace })
    : party.namespace === here;
  return place && selects(podSelector ?? {}, party.labels ?? {});
}

function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Record<string, string>): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) =>
      operator === "Exists" ? key in labels : !(key in labels && values.includes(labels[key] as string)),
    )
  );
}

function within(address: string, range: string): boolean {
  const [first, size] = bounds(range);
  return number(address) - first >= 0 && number(address) - first < size;
}

const known = new Map<string, [number, number]>();

function bounds(range: string): [number, number] {
  const before = known.get(range);
  if (before) return before;
  const [, prefix] = ipaddr.IPv4.parseCIDR(range);
  const found: [number, number] = [number(ipaddr.IPv4.networkAddressFromCIDR(range).toString()), 2 ** (32 - prefix)];
  known.set(range, found);
  return found;
}

function number(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
