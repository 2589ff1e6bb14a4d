import { kindOf } from "../readers/kinds";
import { at, list, text } from "../readers/values";
import type { ResourceRule } from "../rule";

const ANYBODY = ["system:anonymous", "system:unauthenticated", "system:authenticated"];

export const clusterAdmin: ResourceRule = {
  id: "cluster-admin",
  level: "mandatory",
  severity: "critical",
  description: "Nobody is made the cluster's administrator, and rights go to somebody known.",
  why: "With it one stolen token is every namespace, every Secret and every node.",
  controls: { sp800207: [3, 4], sp80053: ["AC-6", "AC-6(5)", "AC-2"], iso27001: ["A.5.18", "A.8.2"] },
  check: (resource) => {
    if (!/^(Cluster)?RoleBinding$/.test(kindOf(resource) ?? "")) return [];
    const names = list(resource.props.subjects).map((one) => text(at(one, "name")) ?? "");
    return [
      ...(at(resource.props, "roleRef", "name") === "cluster-admin"
        ? ["gives away cluster-admin; write a role with the rights that are needed"]
        : []),
      ...names
        .filter((name) => ANYBODY.includes(name))
        .map((name) => `gives rights to ${name}, which is anybody; name who needs them`),
    ];
  },
};
