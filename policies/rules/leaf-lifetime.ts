import { documentsOf } from "../readers/documents";
import { hours } from "../readers/durations";
import { kindOf } from "../readers/kinds";
import { at, text, UNKNOWN } from "../readers/values";
import type { Resource, ResourceRule } from "../rule";

interface LifetimeSettings {
  maxHours: number;
}

/** What cert-manager gives where nobody said how long. */
const DEFAULT_HOURS = 90 * 24;

export const leafLifetime: ResourceRule<LifetimeSettings> = {
  id: "leaf-lifetime",
  level: "mandatory",
  severity: "high",
  description: "A workload's certificate lives 24 hours at most.",
  why: "Whoever copies its key has that workload's identity until it ends.",
  controls: { sp800207: [3, 6], sp80053: ["SC-12", "SC-17", "IA-5(2)"], iso27001: ["A.8.24"] },
  settings: {
    maxHours: { type: "number", minimum: 1, description: "Longest life of a leaf in hours", default: 24 },
  },
  check: (resource, { maxHours }) => {
    const granted = documentsOf(resource).flatMap(({ where, content }) => {
      const claim = /"maxTLSCertDuration"\s*:\s*"([^"]+)"/.exec(content)?.[1];
      return claim === undefined ? [] : [{ title: `${where}: the CA grants`, life: hours(claim) }];
    });
    const own = [ofProvider(resource), ofCertManager(resource)].map((life) => ({ title: "lives", life }));
    return [...own, ...granted]
      .filter(({ life }) => life > maxHours)
      .map(({ title, life }) => `${title} ${life} hours; ${maxHours} at most, and renew it by itself`);
  },
};

function ofProvider({ type, props }: Resource): number {
  const isLeaf = /^tls:index\/(locallySignedCert:LocallySignedCert|selfSignedCert:SelfSignedCert)$/.test(type);
  const { validityPeriodHours, isCaCertificate } = props;
  return isLeaf && isCaCertificate !== true && typeof validityPeriodHours === "number" ? validityPeriodHours : 0;
}

function ofCertManager(resource: Resource): number {
  if (kindOf(resource) !== "Certificate" || !resource.type.includes("cert-manager.io")) return 0;
  const duration = at(resource.props, "spec", "duration");
  if (at(resource.props, "spec", "isCA") === true || duration === UNKNOWN) return 0;
  return duration === undefined ? DEFAULT_HOURS : hours(text(duration) ?? "");
}
