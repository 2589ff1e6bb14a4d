import type { KubernetesArgs } from "./args";

/** By which label policies know a pod. */
export const WORKLOAD_LABEL = "zero-trust-openclaw/workload";
/** A pod with it set to `"true"` is in no flow any more. */
export const QUARANTINE_LABEL = "zero-trust-openclaw/quarantine";

/** Labels of everything that belongs to a workload. */
export function workloadLabels(args: KubernetesArgs, prefix: string, workload: string): Record<string, string> {
  return { ...commonLabels(args, prefix), "app.kubernetes.io/name": workload, [WORKLOAD_LABEL]: workload };
}

/** Labels of everything. */
export function commonLabels(args: KubernetesArgs, prefix: string): Record<string, string> {
  return { ...args.labels, "app.kubernetes.io/part-of": prefix };
}

/** Labels of a zone's namespace. What could do more than our pods is not accepted there. */
export function zoneLabels(args: KubernetesArgs, prefix: string, zone: string): Record<string, string> {
  return {
    ...commonLabels(args, prefix),
    "zero-trust-openclaw/zone": zone,
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/enforce-version": "latest",
  };
}
