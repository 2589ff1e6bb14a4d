/** Whether an Ingress leads to services and has an address. */
import { type KubeObject, listAt, nameOf, textAt } from "../objects";
import { core, fresh, neighbours, type Probe, type Subject } from "./probe";
import { SETTLE_MS, settling } from "./service";

/** A service that is not there by then is not waited for. */
const NO_ENDPOINTS_MS = 60_000;

export function ingressProbe(subject: Subject): Probe {
  let ingress = subject.object;
  const since = Date.now();
  const settled = settling(SETTLE_MS, subject.once);
  return async () => {
    ingress = await fresh(subject, ingress);
    const [endpoints, services] = await Promise.all(
      ["Endpoints", "Service"].map((kind) => neighbours(subject, core(kind))),
    );
    const external = (services ?? []).filter((service) => textAt(service, "spec", "type") === "ExternalName");
    const known = new Set([...(endpoints ?? []), ...external].map(nameOf));
    const versions = (endpoints ?? []).map((one) => textAt(one, "metadata", "resourceVersion")).sort();
    const calm = versions.length === 0 ? Date.now() - since >= NO_ENDPOINTS_MS : settled(versions.join());
    const leads = calm || backends(ingress).every((name) => known.has(name));
    const addressed = listAt(ingress, "status", "loadBalancer", "ingress").length > 0;
    const reasons = [
      ...(leads ? [] : ["Ingress has at least one rule with an unavailable target endpoint."]),
      ...(addressed ? [] : [notAddressed]),
    ];
    return { ready: leads && addressed, object: ingress, reasons };
  };
}

const notAddressed =
  "Ingress .status.loadBalancer field was not updated with a hostname/IP address. " +
  "\n    for more information about this error, see https://pulumi.io/xdv72s";

function backends(ingress: KubeObject): string[] {
  return listAt(ingress, "spec", "rules")
    .flatMap((rule) => listAt(rule, "http", "paths"))
    .map((path) => textAt(path, "backend", "service", "name"))
    .filter((name) => name !== "");
}
