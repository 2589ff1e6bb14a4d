import { containersOf } from "../readers/containers";
import { authMode, openClawConfigs, runsOpenClaw } from "../readers/openclaw";
import { at } from "../readers/values";
import type { Finding, Resource, StackRule } from "../rule";

const SHARED = ["token", "password"];

export const openclawSharedToken: StackRule = {
  id: "openclaw-shared-token",
  level: "mandatory",
  severity: "high",
  description: "Where a proxy says who people are, OpenClaw has no token or password beside that.",
  why: "Whoever has it comes in past the proxy as everybody, and no log says who it was.",
  controls: { sp800207: [3, 6], sp80053: ["IA-2", "IA-5", "AC-6"], iso27001: ["A.5.16", "A.5.17"] },
  checkStack: (resources) => {
    const behindProxy = resources
      .flatMap((resource) => openClawConfigs(resource).map((config) => ({ resource, config })))
      .filter(({ config }) => authMode(config) === "trusted-proxy");
    if (behindProxy.length === 0) return [];
    const written = behindProxy.flatMap(({ resource, config }) =>
      SHARED.filter((key) => at(config.gateway, "auth", key) !== undefined).map((key) => ({
        resource,
        message: `${config.where}: gateway.auth.${key} beside the mode trusted-proxy; remove it`,
      })),
    );
    return [...written, ...resources.flatMap(given)];
  },
};

function given(resource: Resource): Finding[] {
  return containersOf(resource)
    .filter(runsOpenClaw)
    .flatMap(({ title, environment }) =>
      environment
        .filter(({ name }) => /^OPENCLAW_GATEWAY_(TOKEN|PASSWORD)$/.test(name))
        .map(({ name }) => ({ resource, message: `${title}: ${name} beside the mode trusted-proxy; remove it` })),
    );
}
