import { openClawConfigs } from "../readers/openclaw";
import { at } from "../readers/values";
import type { ResourceRule } from "../rule";

export const openclawDeviceAuth: ResourceRule = {
  id: "openclaw-device-auth",
  level: "mandatory",
  severity: "critical",
  description: "OpenClaw asks every device to prove which one it is.",
  why: "Otherwise a stolen link or header is enough to drive the agent from anywhere.",
  controls: { sp800207: [3, 6], sp80053: ["IA-3", "AC-3"], iso27001: ["A.5.15", "A.8.5"] },
  check: (resource) =>
    openClawConfigs(resource)
      .filter(({ gateway }) => at(gateway, "controlUi", "dangerouslyDisableDeviceAuth") === true)
      .map(({ where }) => `${where}: gateway.controlUi.dangerouslyDisableDeviceAuth is on; remove it`),
};
