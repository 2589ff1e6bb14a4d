import { containersOf } from "../readers/containers";
import type { ResourceRule } from "../rule";

export const addedCapabilities: ResourceRule = {
  id: "added-capabilities",
  level: "mandatory",
  severity: "high",
  description: "No container is given capabilities.",
  why: "Each is a part of root's power over the machine.",
  controls: { sp800207: [5], sp80053: ["AC-6", "CM-7"], iso27001: ["A.8.2", "A.8.18"] },
  check: (resource) =>
    containersOf(resource)
      .filter((one) => one.addedCapabilities.length > 0)
      .map((one) => `${one.title} is given ${one.addedCapabilities.join(", ")}; remove that`),
};
