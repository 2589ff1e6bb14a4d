import { kindOf } from "../readers/kinds";
import { at, list, texts } from "../readers/values";
import type { ResourceRule } from "../rule";

const PARTS = ["verbs", "resources", "nonResourceURLs"];

export const wildcardRights: ResourceRule = {
  id: "wildcard-rights",
  level: "mandatory",
  severity: "high",
  description: "A role names its verbs and resources.",
  why: "A * gives away what there is today, and whatever will be there tomorrow.",
  controls: { sp800207: [3, 4], sp80053: ["AC-6", "AC-3(7)"], iso27001: ["A.5.18", "A.8.3"] },
  check: (resource) => {
    if (!/^(Cluster)?Role$/.test(kindOf(resource) ?? "")) return [];
    return list(resource.props.rules).flatMap((rule) =>
      PARTS.filter((part) => texts(at(rule, part)).includes("*")).map(
        (part) => `a rule has all ${part}; name those that are needed`,
      ),
    );
  },
};
