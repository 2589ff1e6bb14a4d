import { EDGE, type EdgeSettings, isEdge } from "../readers/edge";
import { kindOf } from "../readers/kinds";
import { at, list, text, walk } from "../readers/values";
import type { Resource, ResourceRule } from "../rule";

export const exposedService: ResourceRule<EdgeSettings> = {
  id: "exposed-service",
  level: "mandatory",
  severity: "critical",
  description: "Only the edge is reached from outside the cluster.",
  why: "Any other Service that is open to the outside is a way past the sign-in.",
  controls: { sp800207: [4, 6], sp80053: ["SC-7", "SC-7(3)", "AC-3"], iso27001: ["A.8.20", "A.8.22"] },
  settings: EDGE,
  check: (resource, settings) => {
    if (kindOf(resource) === "Ingress")
      return backendsOf(resource)
        .filter((name) => !isEdge({ ...resource, props: { name } }, settings))
        .map((name) => `leads to the Service "${name}", which is not the edge; lead to the edge`);
    if (kindOf(resource) !== "Service" || isEdge(resource, settings)) return [];
    const type = text(at(resource.props, "spec", "type")) ?? "ClusterIP";
    return [
      ...(["NodePort", "LoadBalancer"].includes(type) ? [`is a ${type} and not the edge; make it a ClusterIP`] : []),
      ...(list(at(resource.props, "spec", "externalIPs")).length > 0
        ? ["has externalIPs and is not the edge; remove them"]
        : []),
    ];
  },
};

function backendsOf({ props }: Resource): string[] {
  const names = new Set<string>();
  walk(at(props, "spec"), (value, way) => {
    const [owner, key] = way.slice(-2);
    const isName = (owner === "service" && key === "name") || key === "serviceName";
    if (isName && text(value)) names.add(value as string);
  });
  return [...names];
}
