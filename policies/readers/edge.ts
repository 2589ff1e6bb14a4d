import type { Resource, Setting } from "../rule";
import { labelsOf, nameOf } from "./kinds";
import { matchesAny } from "./patterns";
import { text } from "./values";

export interface EdgeSettings {
  edge: string[];
}

/** By what a rule knows the one part that people outside may reach. */
export const EDGE: Record<keyof EdgeSettings, Setting> = {
  edge: {
    type: "array",
    items: { type: "string" },
    description:
      "Names of what people outside may reach, or values of its label for the workload; * stands for anything",
    default: ["edge", "edge-*"],
  },
};

const LABELS = ["zero-trust-openclaw/workload", "zero-trust-openclaw.workload", "app.kubernetes.io/name"];

export function isEdge(resource: Resource, { edge }: EdgeSettings): boolean {
  const labels = labelsOf(resource);
  const names = [nameOf(resource), ...LABELS.map((label) => text(labels[label]) ?? "")];
  return names.some((name) => matchesAny(name, edge));
}
