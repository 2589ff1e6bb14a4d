/** Whether a Service can take traffic. */
import { at, isObject, type KubeObject, listAt, nameOf, textAt } from "../objects";
import { core, fresh, neighbours, type Probe, type Subject } from "./probe";

/** Endpoints count as settled when nothing about them has changed for so long. */
export const SETTLE_MS = 10_000;

export function serviceProbe(subject: Subject, settleMs = SETTLE_MS): Probe {
  let service = subject.object;
  const settled = settling(settleMs, subject.once);
  return async () => {
    service = await fresh(subject, service);
    const type = textAt(service, "spec", "type") || "ClusterIP";
    const allocated = type !== "LoadBalancer" || listAt(service, "status", "loadBalancer", "ingress").length > 0;
    if (!leadsToPods(service, type)) {
      const reasons = allocated ? [] : [notAllocated];
      return { ready: allocated, object: service, reasons };
    }
    const all = await neighbours(subject, core("Endpoints"));
    const endpoints = all.find((candidate) => nameOf(candidate) === nameOf(service));
    const subsets = listAt(endpoints, "subsets");
    const targets = subsets.some((subset) => listAt(subset, "addresses").length > 0);
    const pending = subsets.some((subset) => listAt(subset, "notReadyAddresses").length > 0);
    const calm = settled(endpoints === undefined ? undefined : textAt(endpoints, "metadata", "resourceVersion"));
    const reasons = [...(targets ? [] : [noPods]), ...(allocated ? [] : [notAllocated])];
    return { ready: allocated && calm && !pending, object: service, reasons };
  };
}

const noPods =
  "Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not match labels on any Pods";
const notAllocated = "Service was not allocated an IP address; does your cloud provider support this?";

function leadsToPods(service: KubeObject, type: string): boolean {
  const selector = at(service, "spec", "selector");
  const selects = isObject(selector) && Object.keys(selector).length > 0;
  return selects && type !== "ExternalName" && textAt(service, "spec", "clusterIP") !== "None";
}

/** Tells whether a version has stayed the same for long enough. */
export function settling(ms: number, once: boolean): (version: string | undefined) => boolean {
  let seen: { version: string; since: number } | undefined;
  return (version) => {
    if (once) return true;
    if (version === undefined) return false;
    if (seen?.version !== version) seen = { version, since: Date.now() };
    return Date.now() - seen.since >= ms;
  };
}
