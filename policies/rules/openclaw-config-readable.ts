import { unreadableConfigs } from "../readers/openclaw";
import type { ResourceRule } from "../rule";

export const openclawConfigReadable: ResourceRule = {
  id: "openclaw-config-readable",
  level: "advisory",
  severity: "medium",
  description: "OpenClaw's configuration is readable before the deployment.",
  why: "No rule looks into a file that is not JSON5, such as a template that is filled in later.",
  controls: { sp800207: [5], sp80053: ["CM-6"], iso27001: ["A.8.9"] },
  check: (resource) =>
    unreadableConfigs(resource).map(({ where }) => `${where} is no JSON5, and no rule has looked into it`),
};
