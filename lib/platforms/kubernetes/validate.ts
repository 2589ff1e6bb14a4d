import * as pulumi from "@pulumi/pulumi";
import type { Perimeter } from "../../perimeter";
import { isWithin, rangeProblem } from "../../perimeter/cidr";
import { suggest } from "../../perimeter/names";
import { type EntranceArgs, EntranceKind, type KubernetesArgs } from "./args";
import { namespacesOf } from "./names";

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** Names of objects are made of it and of a workload's name. */
const LONGEST_PREFIX = 40;

/** Why there is one of it. */
const SINGLE: Record<string, string> = {
  openclaw: "its state has one writer",
  "session-store": "its sessions are in its own memory",
};

/**
 * Returns if the settings make sense for this perimeter.
 * @throws InputPropertiesError naming everything that is wrong
 */
export function validateKubernetes(args: KubernetesArgs, name: string, perimeter: Perimeter): void {
  const errors: pulumi.InputPropertyErrorDetails[] = [];
  const report: Report = (path, reason) => errors.push({ propertyPath: `platform.kubernetes.${path}`, reason });
  checkApiServer(args, report);
  checkNamespaces(args, args.prefix ?? name, perimeter, report);
  checkEntrance(args.entrance, report);
  checkScale(args, perimeter, report);
  if (errors.length > 0)
    throw new pulumi.InputPropertiesError({ message: "the settings for Kubernetes are not usable", errors });
}

type Report = (path: string, reason: string) => void;

function checkApiServer({ apiServer }: KubernetesArgs, report: Report): void {
  const { addresses, port = 6443 } = apiServer ?? { addresses: [] };
  if (addresses.length === 0)
    report(
      "apiServer.addresses",
      'is empty; name where the API server is, such as ["10.0.0.1/32"] (kubectl get endpoints kubernetes)',
    );
  for (const [i, range] of addresses.entries()) {
    const problem = rangeProblem(range) ?? tooWide(range);
    if (problem) report(`apiServer.addresses[${i}]`, problem);
  }
  if (!isPort(port)) report("apiServer.port", `${port} is no TCP port; use a whole number from 1 to 65535`);
}

function tooWide(range: string): string | undefined {
  return Number(range.split("/")[1]) < 16
    ? `"${range}" is more than an API server needs; use /16 to /32, best one address`
    : undefined;
}

function checkNamespaces(args: KubernetesArgs, prefix: string, perimeter: Perimeter, report: Report): void {
  if (!LABEL.test(prefix) || prefix.length > LONGEST_PREFIX)
    report(
      "prefix",
      `"${prefix}" cannot begin names of Kubernetes objects; use a-z, 0-9 and hyphens, at most ${LONGEST_PREFIX}, such as "assistant"`,
    );
  const zones = perimeter.zones.map(({ name }) => name);
  for (const [zone, namespace] of Object.entries(args.existingNamespaces ?? {})) {
    const path = `existingNamespaces["${zone}"]`;
    if (!zones.includes(zone)) report(path, `there is no zone "${zone}"; ${suggest(zone, zones)}`);
    if (!LABEL.test(namespace)) report(path, `"${namespace}" is no name of a namespace; use a-z, 0-9 and hyphens`);
  }
  const owner = new Map<string, string>();
  for (const [zone, namespace] of Object.entries(namespacesOf(perimeter, args, prefix))) {
    const other = owner.get(namespace);
    if (other)
      report(
        "existingNamespaces",
        `zones "${other}" and "${zone}" are both in "${namespace}", where nothing keeps them apart; give each its own`,
      );
    owner.set(namespace, zone);
    if (namespace.length > 63)
      report(
        "prefix",
        `namespace "${namespace}" has ${namespace.length} characters and may have 63; use a shorter prefix`,
      );
  }
}

function checkEntrance(args: EntranceArgs = {}, report: Report): void {
  const kinds = Object.values(EntranceKind) as string[];
  const { kind = EntranceKind.LoadBalancer, nodePort, from, except = [], proxy } = args;
  if (!kinds.includes(kind)) report("entrance.kind", `"${kind}" is no way in; ${suggest(kind, kinds)}`);
  if (nodePort !== undefined && kind !== EntranceKind.NodePort)
    report("entrance.nodePort", `is for kind "${EntranceKind.NodePort}"; remove it, or use that kind`);
  if (nodePort !== undefined && !(Number.isInteger(nodePort) && nodePort >= 30000 && nodePort <= 32767))
    report("entrance.nodePort", `${nodePort} is no port of nodes; use 30000 to 32767`);
  if (proxy && (from || except.length > 0))
    report("entrance.proxy", "lets that proxy in and nobody else; remove from and except, or proxy");
  let readable = true;
  for (const [path, ranges] of Object.entries({ from: from ?? [], except })) {
    for (const [i, range] of ranges.entries()) {
      const problem = rangeProblem(range);
      if (!problem) continue;
      report(`entrance.${path}[${i}]`, problem);
      readable = false;
    }
  }
  if (readable) checkExceptions(from ?? ["0.0.0.0/0"], except, report);
}

/** One that is in no range, or around one, would keep nobody out. */
function checkExceptions(from: string[], except: string[], report: Report): void {
  for (const [i, range] of except.entries()) {
    const around = from.find((one) => isWithin(one, range));
    if (around)
      report(
        `entrance.except[${i}]`,
        `"${range}" takes away all of "${around}", which may come in; remove one of them`,
      );
    else if (!from.some((one) => isWithin(range, one)))
      report(`entrance.except[${i}]`, `"${range}" is in no range that may come in; remove it`);
  }
}

function checkScale({ replicas = {}, autoscale = {} }: KubernetesArgs, perimeter: Perimeter, report: Report): void {
  const names = perimeter.workloads.filter(({ addresses }) => !addresses).map(({ name }) => name);
  for (const [name, count] of Object.entries(replicas)) {
    const path = `replicas["${name}"]`;
    if (!names.includes(name)) report(path, `there is no workload "${name}"; ${suggest(name, names)}`);
    else if (!Number.isInteger(count) || count < 1) report(path, `${count} is no number of replicas; use 1 or more`);
    else if (count > 1 && SINGLE[name]) report(path, `"${name}" has one replica, because ${SINGLE[name]}; remove it`);
  }
  for (const [name, { min, max, cpuPercent = 80 }] of Object.entries(autoscale)) {
    const path = `autoscale["${name}"]`;
    if (!names.includes(name)) report(path, `there is no workload "${name}"; ${suggest(name, names)}`);
    else if (SINGLE[name]) report(path, `"${name}" cannot have an autoscaler, because ${SINGLE[name]}; remove it`);
    if (name in replicas) report(path, `the number of "${name}" is set by replicas too; keep one of them`);
    if (!Number.isInteger(min) || !Number.isInteger(max) || min < 1 || max < min)
      report(
        path,
        `from ${min} to ${max} is no range of replicas; use whole numbers, at least 1 and max not below min`,
      );
    if (!(cpuPercent >= 1 && cpuPercent <= 100)) report(path, `${cpuPercent} is no percentage of CPU; use 1 to 100`);
  }
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65535;
}
