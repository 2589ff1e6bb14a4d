import * as pulumi from "@pulumi/pulumi";
import type { Perimeter } from "../../perimeter";
import { rangeProblem } from "../../perimeter/cidr";
import { suggest } from "../../perimeter/names";
import type { ApiServerArgs, KubernetesArgs } from "./args";
import { namespacesOf } from "./names";
import { NOWHERE, TRUST_CONTROLLER } from "./perimeter";
import { checkEntrance } from "./validate-entrance";
import { checkIssuer } from "./validate-issuer";
import { checkNames } from "./validate-names";
import { checkSecrets } from "./validate-secrets";

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
  checkApiServer(args, perimeter, report);
  checkNamespaces(args, args.prefix ?? name, perimeter, report);
  checkNames(args, name, perimeter, report);
  checkPods(args, perimeter, report);
  checkEntrance(args.entrance, perimeter, report);
  checkIssuer(args, perimeter, report);
  checkScale(args, perimeter, report);
  checkSecrets(args, perimeter, report);
  if (errors.length > 0)
    throw new pulumi.InputPropertiesError({ message: "the settings for Kubernetes are not usable", errors });
}

export type Report = (path: string, reason: string) => void;

function checkApiServer({ apiServer }: KubernetesArgs, { workloads }: Perimeter, report: Report): void {
  if (!apiServer && !workloads.some(({ name }) => name === TRUST_CONTROLLER)) return;
  const { addresses, port = 6443 }: ApiServerArgs = apiServer ?? NOWHERE;
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
    else if (isClusters(namespace, args))
      report(path, `"${namespace}" is for parts of the cluster itself; use a namespace for this zone alone`);
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

function checkPods(
  { existingPods = {}, existingNamespaces = {} }: KubernetesArgs,
  perimeter: Perimeter,
  report: Report,
) {
  const all = perimeter.workloads.filter(({ addresses }) => !addresses);
  const zoneOf = (name: string) => all.find((one) => one.name === name)?.zone;
  const entries = Object.entries(existingPods);
  for (const [name, labels] of entries) {
    const path = `existingPods["${name}"]`;
    const zone = zoneOf(name);
    if (zone === undefined) {
      const names = all.map((one) => one.name);
      report(path, `there is no workload "${name}"; ${suggest(name, names)}`);
      continue;
    }
    if (!(zone in existingNamespaces))
      report(path, `are in a namespace already; name it as existingNamespaces["${zone}"]`);
    if (Object.keys(labels).length === 0)
      report(
        path,
        'has no labels and would be every pod; name those of the Deployment\'s selector, such as { app: "shop" }',
      );
    const other = entries.find(
      ([one, theirs]) =>
        one !== name && zoneOf(one) === zone && Object.keys(theirs).length > 0 && holds(labels, theirs),
    );
    if (other) report(path, `are pods of "${other[0]}" too, by its labels; give both labels that tell them apart`);
  }
}

/** Whether everything that has these labels has those too. */
function holds(labels: Record<string, string>, those: Record<string, string>): boolean {
  return Object.entries(those).every(([key, value]) => labels[key] === value);
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

/** Who is let into such a one has rights over the cluster, or over what signs certificates. */
function isClusters(namespace: string, { certManager }: KubernetesArgs): boolean {
  return (
    namespace.startsWith("kube-") || namespace === "default" || namespace === (certManager?.namespace ?? "cert-manager")
  );
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65535;
}
