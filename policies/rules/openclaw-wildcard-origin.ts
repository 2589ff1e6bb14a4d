import { openClawConfigs } from "../readers/openclaw";
import { at, texts } from "../readers/values";
import type { ResourceRule } from "../rule";

export const openclawWildcardOrigin: ResourceRule = {
  id: "openclaw-wildcard-origin",
  level: "mandatory",
  severity: "high",
  description: "OpenClaw's web interface accepts the origins people use, each by its whole name.",
  why: "Otherwise any page that somebody opens can drive the agent in that person's name.",
  controls: { sp800207: [3, 6], sp80053: ["SC-23", "AC-4"], iso27001: ["A.8.26"] },
  check: (resource) =>
    openClawConfigs(resource).flatMap(({ where, gateway }) => [
      ...texts(at(gateway, "controlUi", "allowedOrigins"))
        .filter((origin) => origin.includes("*"))
        .map(
          (origin) =>
            `${where}: gateway.controlUi.allowedOrigins has "${origin}"; name each origin, as https://openclaw.example.com`,
        ),
      ...(at(gateway, "controlUi", "dangerouslyAllowHostHeaderOriginFallback") === true
        ? [`${where}: gateway.controlUi.dangerouslyAllowHostHeaderOriginFallback believes a request; remove it`]
        : []),
    ]),
};
