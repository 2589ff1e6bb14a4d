import { isInside } from "../readers/addresses";
import { EDGE, type EdgeSettings, isEdge } from "../readers/edge";
import { kindOf } from "../readers/kinds";
import { blocksOf, type Direction, peersOf } from "../readers/network-policies";
import { at, type Props, record, text } from "../readers/values";
import type { Resource, ResourceRule } from "../rule";

const PEERS = { Ingress: "from", Egress: "to" } as const;

export const networkPolicyOpen: ResourceRule<EdgeSettings> = {
  id: "network-policy-open",
  level: "mandatory",
  severity: "high",
  description: "A NetworkPolicy names who is let through.",
  why: "A rule without from or to lets through everybody, and reads as if it did not.",
  controls: { sp800207: [2, 4], sp80053: ["SC-7(5)", "AC-4"], iso27001: ["A.8.20", "A.8.22"] },
  settings: EDGE,
  check: (resource, settings) => {
    if (kindOf(resource) !== "NetworkPolicy") return [];
    const closed = !isForEdge(resource, settings);
    return (Object.keys(PEERS) as Direction[]).flatMap((direction) =>
      peersOf(resource, direction).flatMap((peers) => fault(direction, peers, closed)),
    );
  },
};

/** @param closed whether nobody from outside is meant to come in */
function fault(direction: Direction, peers: Props[], closed: boolean): string[] {
  if (peers.length === 0)
    return [`a rule of ${direction} has no ${PEERS[direction]}, which is everybody; name who is meant`];
  if (peers.some(isAnyPod)) return [`a rule of ${direction} is for all pods of all namespaces; name which`];
  const everywhere = blocksOf(peers).find(({ cidr }) => isInside("0.0.0.0/0", cidr) || isInside("::/0", cidr));
  return direction === "Ingress" && closed && everywhere
    ? [`lets in everybody from ${everywhere.cidr}, and is not for the edge; name who is meant`]
    : [];
}

/** A selector of namespaces that selects all of them, and none of pods that would narrow that. */
function isAnyPod({ namespaceSelector, podSelector }: Props): boolean {
  const isAll = (selector: unknown) =>
    typeof selector === "object" && selector !== null && Object.keys(selector).length === 0;
  return isAll(namespaceSelector) && (podSelector === undefined || isAll(podSelector));
}

function isForEdge(policy: Resource, settings: EdgeSettings): boolean {
  const labels = Object.values(record(at(policy.props, "spec", "podSelector", "matchLabels")));
  return labels.some((name) => isEdge({ ...policy, props: { name: text(name) } }, settings));
}
