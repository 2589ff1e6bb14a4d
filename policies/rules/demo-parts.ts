import { containersOf } from "../readers/containers";
import { openClawConfigs, origins } from "../readers/openclaw";
import { matchesAny } from "../readers/patterns";
import type { StackRule } from "../rule";

interface DemoSettings {
  images: string[];
}

export const demoParts: StackRule<DemoSettings> = {
  id: "demo-parts",
  level: "mandatory",
  severity: "critical",
  description: "What stands in for an identity provider or a model serves this machine only.",
  why: "It lets in whoever reads its passwords, and answers without a model.",
  controls: { sp800207: [4, 6], sp80053: ["IA-2", "IA-8", "CM-7"], iso27001: ["A.5.16", "A.8.31"] },
  settings: {
    images: {
      type: "array",
      items: { type: "string" },
      description: "Images of what stands in for real parts; * stands for anything",
      default: ["*demo-identity-provider*", "*demo-model*", "*mock-oauth2-server*", "*oidc-server-mock*"],
    },
  },
  checkStack: (resources, { images }) => {
    const abroad = resources
      .flatMap((resource) => openClawConfigs(resource).flatMap(origins))
      .find((origin) => !isLocal(origin));
    if (abroad === undefined) return [];
    return resources.flatMap((resource) =>
      containersOf(resource)
        .filter(({ image = "" }) => matchesAny(image, images))
        .map(({ title }) => ({
          resource,
          message: `${title} stands in for a real part, and people open ${abroad}; use a provider and a model of your own`,
        })),
    );
  },
};

function isLocal(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { hostname } = new URL(origin);
  return ["localhost", "127.0.0.1", "[::1]"].includes(hostname) || hostname.endsWith(".localhost");
}
