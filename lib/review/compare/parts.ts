import type { Workload } from "../../perimeter/model";
import { finding, missing, sorted } from "../findings";
import { beyond } from "../ranges";
import { pairs, type Side } from "../side";
import type { Finding } from "../types";

/** Zones and workloads that came, went or changed. Credentials and flows are compared elsewhere. */
export function compareParts(before: Side, after: Side): Finding[] {
  const findings: Finding[] = [];
  if (before.trustDomain !== after.trustDomain)
    findings.push(finding("trust-domain-changed", "trust domain", [before.trustDomain], [after.trustDomain]));
  for (const [name, was, is] of pairs(before.zones, after.zones)) {
    if (was === undefined) findings.push(finding("zone-added", name, [], texts(is?.purpose)));
    else if (is === undefined) findings.push(finding("zone-removed", name, texts(was.purpose)));
    else {
      if (was.cidr !== is.cidr) findings.push(finding("network-changed", name, texts(was.cidr), texts(is.cidr)));
      if (was.purpose !== is.purpose)
        findings.push(finding("description-changed", `zone ${name}`, texts(was.purpose), texts(is.purpose)));
    }
  }
  for (const [name, was, is] of pairs(before.workloads, after.workloads)) {
    if (was === undefined) findings.push(finding("workload-added", name, [], is && described(is)));
    else if (is === undefined) findings.push(finding("workload-removed", name, described(was)));
    else if (was !== is) findings.push(...compareWorkloads(was, is));
  }
  return findings;
}

function compareWorkloads(was: Workload, is: Workload): Finding[] {
  return [
    ...(was.zone === is.zone ? [] : [finding("workload-moved", is.name, [was.zone], [is.zone])]),
    ...comparePorts(was, is),
    ...compareNames(was, is),
    ...compareAddresses(was, is),
  ];
}

function comparePorts({ name, ports: before }: Workload, { ports: after }: Workload): Finding[] {
  const findings: Finding[] = [];
  for (const port of sorted([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [own(before, port), own(after, port)];
    if (was === is) continue;
    const rule = was === undefined ? "port-added" : is === undefined ? "port-removed" : "port-changed";
    findings.push(finding(rule, `${name}:${port}`, texts(was), texts(is)));
  }
  return findings;
}

function compareNames({ name, names: before = [] }: Workload, { names: after = [] }: Workload): Finding[] {
  const [fresh, gone] = [missing(after, before), missing(before, after)];
  return [
    ...(fresh.length > 0 ? [finding("names-added", name, sorted(before), fresh)] : []),
    ...(gone.length > 0 ? [finding("names-removed", name, gone)] : []),
  ];
}

function compareAddresses({ name, addresses: before }: Workload, { addresses: after }: Workload): Finding[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return [finding("workload-foreign", name, [], sorted(after ?? []))];
  if (after === undefined) return [finding("workload-owned", name, sorted(before))];
  const [fresh, gone] = [beyond(after, before), beyond(before, after)];
  return [
    ...(fresh.length > 0 ? [finding("addresses-widened", name, sorted(before), sorted(fresh))] : []),
    ...(gone.length > 0 ? [finding("addresses-narrowed", name, sorted(gone))] : []),
  ];
}

function described({ zone, ports }: Workload): string[] {
  return [`in zone ${zone}`, ...sorted(Object.entries(ports).map(([port, number]) => `${port} ${number}`))];
}

function own(ports: Record<string, number>, port: string): number | undefined {
  return Object.hasOwn(ports, port) ? ports[port] : undefined;
}

function texts(value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${value}`];
}
