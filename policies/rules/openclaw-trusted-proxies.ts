import { isSingle } from "../readers/addresses";
import { openClawConfigs, trustedProxies } from "../readers/openclaw";
import type { ResourceRule } from "../rule";

export const openclawTrustedProxies: ResourceRule = {
  id: "openclaw-trusted-proxies",
  level: "mandatory",
  severity: "critical",
  description: "OpenClaw believes single addresses: those of the proxy that signs people in.",
  why: "Otherwise every neighbour in the range says who it is, and is believed.",
  controls: { sp800207: [3, 4, 6], sp80053: ["AC-3", "IA-9", "SC-7"], iso27001: ["A.5.15", "A.8.22"] },
  check: (resource) =>
    openClawConfigs(resource).flatMap((config) => [
      ...trustedProxies(config)
        .filter((one) => !isSingle(one))
        .map(
          (one) => `${config.where}: gateway.trustedProxies has "${one}"; name the proxy's own address, as 10.0.0.7/32`,
        ),
      ...(config.gateway.allowRealIpFallback === true
        ? [`${config.where}: gateway.allowRealIpFallback believes a header that callers write; remove it`]
        : []),
    ]),
};
