import { type Direction, directionsOf, isFor, networkPolicies } from "../readers/network-policies";
import { podOf } from "../readers/pods";
import type { StackRule } from "../rule";

const BOTH: Direction[] = ["Ingress", "Egress"];

export const networkPolicyMissing: StackRule = {
  id: "network-policy-missing",
  level: "mandatory",
  severity: "high",
  description: "NetworkPolicies select every pod, for both directions.",
  why: "What no policy selects may talk to everything, and everything to it.",
  controls: { sp800207: [2, 4], sp80053: ["SC-7(5)", "AC-4"], iso27001: ["A.8.20", "A.8.22"] },
  checkStack: (resources) =>
    resources.flatMap((resource) => {
      const pod = podOf(resource);
      if (!pod) return [];
      const policies = networkPolicies(resources).filter((policy) => isFor(policy, resource, pod));
      const open = BOTH.filter((direction) => !policies.some((policy) => directionsOf(policy).includes(direction)));
      const message = `no NetworkPolicy of type ${open.join(" or ")} selects its pods; deny all, then allow what is needed`;
      return open.length === 0 ? [] : [{ resource, message }];
    }),
};
