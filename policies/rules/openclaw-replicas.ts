import { kindOf, nameOf, namespaceOf } from "../readers/kinds";
import { openClawWorkloads } from "../readers/openclaw";
import { same } from "../readers/selectors";
import { at } from "../readers/values";
import type { Finding, Resource, StackRule } from "../rule";

/** Kinds that change how many there are. */
const SCALERS = ["HorizontalPodAutoscaler", "ScaledObject"];

export const openclawReplicas: StackRule = {
  id: "openclaw-replicas",
  level: "mandatory",
  severity: "high",
  description: "OpenClaw runs once.",
  why: "Its state has one writer: a second one is refused, or spoils what the first has written.",
  controls: { sp800207: [1, 5], sp80053: ["CP-2", "SC-5"], iso27001: ["A.8.14"] },
  checkStack: (resources) => {
    const workloads = openClawWorkloads(resources);
    const several = workloads.flatMap((resource) => {
      if (kindOf(resource) === "DaemonSet")
        return [{ resource, message: "a DaemonSet runs OpenClaw on every node; use a StatefulSet with one replica" }];
      const replicas = at(resource.props, "spec", "replicas");
      return typeof replicas === "number" && replicas > 1
        ? [{ resource, message: `${replicas} replicas of OpenClaw; set spec.replicas to 1` }]
        : [];
    });
    return [...several, ...resources.flatMap((resource) => scales(resource, workloads))];
  },
};

function scales(scaler: Resource, workloads: Resource[]): Finding[] {
  if (!SCALERS.includes(kindOf(scaler) ?? "")) return [];
  const target = at(scaler.props, "spec", "scaleTargetRef", "name");
  return workloads
    .filter((one) => nameOf(one) === target && same(namespaceOf(one), namespaceOf(scaler)))
    .map((one) => ({
      resource: scaler,
      message: `scales "${nameOf(one)}", which is OpenClaw; scale what is in front of it instead`,
    }));
}
