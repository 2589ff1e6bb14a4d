import { EDGE, type EdgeSettings, isEdge } from "../readers/edge";
import { isDockerContainer } from "../readers/kinds";
import { at, list } from "../readers/values";
import type { ResourceRule } from "../rule";

export const publishedPort: ResourceRule<EdgeSettings> = {
  id: "published-port",
  level: "mandatory",
  severity: "critical",
  description: "Only the edge publishes a port of the machine.",
  why: "Docker opens published ports past the machine's firewall, and they lead past the sign-in.",
  controls: { sp800207: [4, 6], sp80053: ["SC-7", "SC-7(3)", "CM-7"], iso27001: ["A.8.20", "A.8.22"] },
  settings: EDGE,
  check: (resource, settings) => {
    const { ports, publishAllPorts } = resource.props;
    if (!isDockerContainer(resource) || isEdge(resource, settings)) return [];
    return [
      ...list(ports).map((one) => `publishes port ${String(at(one, "internal"))} and is not the edge; remove that`),
      ...(publishAllPorts === true ? ["publishes all its ports; remove publishAllPorts"] : []),
    ];
  },
};
