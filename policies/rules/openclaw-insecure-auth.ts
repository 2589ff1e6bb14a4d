import { authMode, openClawConfigs } from "../readers/openclaw";
import { at } from "../readers/values";
import type { ResourceRule } from "../rule";

export const openclawInsecureAuth: ResourceRule = {
  id: "openclaw-insecure-auth",
  level: "mandatory",
  severity: "critical",
  description: "Nobody uses OpenClaw without signing in.",
  why: "Otherwise whoever reaches its port is let in.",
  controls: { sp800207: [3, 6], sp80053: ["IA-2", "AC-3", "AC-14"], iso27001: ["A.5.15", "A.8.5"] },
  check: (resource) =>
    openClawConfigs(resource).flatMap((config) => [
      ...(at(config.gateway, "controlUi", "allowInsecureAuth") === true
        ? [`${config.where}: gateway.controlUi.allowInsecureAuth is on; remove it`]
        : []),
      ...(authMode(config) === "none"
        ? [`${config.where}: gateway.auth.mode is none; use trusted-proxy, behind a proxy that signs people in`]
        : []),
    ]),
};
