import { containersOf } from "../readers/containers";
import type { ResourceRule } from "../rule";

export const rootContainer: ResourceRule = {
  id: "root-container",
  level: "mandatory",
  severity: "high",
  description: "Programs run as users of their own.",
  why: "Root in a container is root on the machine as soon as one bug lets it out.",
  controls: { sp800207: [5], sp80053: ["AC-6", "AC-6(2)", "CM-6"], iso27001: ["A.8.2", "A.8.9"] },
  check: (resource) =>
    containersOf(resource)
      .filter(({ root }) => root)
      .map(
        ({ title }) => `${title} runs as root, or as whoever its image says; give it the number of a user of its own`,
      ),
};
