import { containersOf } from "../readers/containers";
import type { ResourceRule } from "../rule";

interface LimitSettings {
  resources: string[];
}

export const containerLimits: ResourceRule<LimitSettings> = {
  id: "container-limits",
  level: "mandatory",
  severity: "medium",
  description: "Every container has limits.",
  why: "Otherwise one that is attacked takes from all others what they need.",
  controls: { sp800207: [5], sp80053: ["SC-5", "SC-6"], iso27001: ["A.8.6"] },
  settings: {
    resources: {
      type: "array",
      items: { type: "string" },
      description:
        "What must have a limit: memory, cpu. One of cpu slows a program down when nobody else wants the time",
      default: ["memory"],
    },
  },
  check: (resource, { resources }) =>
    containersOf(resource).flatMap(({ title, limits }) =>
      resources.filter((one) => !limits.includes(one)).map((one) => `${title} has no limit of ${one}; set one`),
    ),
};
