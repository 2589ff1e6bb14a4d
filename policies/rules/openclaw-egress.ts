import { isInside } from "../readers/addresses";
import { blocksOf, directionsOf, isFor, networkPolicies, peersOf } from "../readers/network-policies";
import { openClawWorkloads } from "../readers/openclaw";
import { podOf } from "../readers/pods";
import type { Resource, StackRule } from "../rule";

export const openclawEgress: StackRule = {
  id: "openclaw-egress",
  level: "mandatory",
  severity: "critical",
  description: "OpenClaw's pods have no way to the internet of their own.",
  why: "An agent that was talked into it would send out all it knows.",
  controls: { sp800207: [2, 4], sp80053: ["SC-7", "SC-7(5)", "AC-4"], iso27001: ["A.8.12", "A.8.22"] },
  checkStack: (resources) =>
    openClawWorkloads(resources).flatMap((workload) => {
      const pod = podOf(workload);
      if (!pod) return [];
      const limits = networkPolicies(resources).filter(
        (policy) => directionsOf(policy).includes("Egress") && isFor(policy, workload, pod),
      );
      if (limits.length === 0)
        return [
          { resource: workload, message: "no NetworkPolicy limits where its pods connect to; add one of type Egress" },
        ];
      return limits.filter(isOpen).map((policy) => ({
        resource: policy,
        message: "lets OpenClaw connect to any host; let it reach an egress gateway that names hosts instead",
      }));
    }),
};

function isOpen(policy: Resource): boolean {
  return peersOf(policy, "Egress").some(
    (peers) =>
      peers.length === 0 || blocksOf(peers).some(({ cidr }) => isInside("0.0.0.0/0", cidr) || isInside("::/0", cidr)),
  );
}
