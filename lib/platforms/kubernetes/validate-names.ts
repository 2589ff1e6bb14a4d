import type { Perimeter } from "../../perimeter";
import { INTERNET } from "../../perimeter";
import type { KubernetesArgs } from "./args";
import type { Report } from "./validate";

const SUBDOMAIN = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;
const KEY_NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
/** Ours begin with it, and policies know pods by them. */
const OWN_KEYS = "zero-trust-openclaw/";
/** A StatefulSet's pods carry its name, and eleven characters more, as the value of a label. */
const LONGEST_WORKLOAD = 52;
/** Behind it stand a workload's name and that of a part of it, in all 253. */
const LONGEST_NAME = 63;
const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/** Reports every name, given or made of what was given, that the API server would refuse half-way. */
export function checkNames(args: KubernetesArgs, name: string, perimeter: Perimeter, report: Report): void {
  if (!SUBDOMAIN.test(name) || name.length > LONGEST_NAME)
    report(
      "prefix",
      `the component's name "${name}" stands in names of objects, whatever the prefix; use a-z, 0-9 and hyphens, at most ${LONGEST_NAME}`,
    );
  checkWorkloads(perimeter, report);
  const named = { storageClass: args.storageClass, runtimeClassName: args.runtimeClassName };
  for (const [path, value] of Object.entries(named))
    if (value !== undefined && !SUBDOMAIN.test(value))
      report(path, `"${value}" is no name; use that of one the cluster has, of a-z, 0-9, hyphens and dots`);
  for (const [i, secret] of (args.imagePullSecrets ?? []).entries())
    if (!SUBDOMAIN.test(secret))
      report(`imagePullSecrets[${i}]`, `"${secret}" is no name of a Secret; use a-z, 0-9, hyphens and dots`);
  checkLabels(args, report);
  for (const [i, { effect }] of (args.tolerations ?? []).entries())
    if (effect !== undefined && !EFFECTS.includes(effect))
      report(
        `tolerations[${i}].effect`,
        `"${effect}" is no effect of a taint; use ${EFFECTS.join(", ")}, or leave it out for all`,
      );
}

function checkWorkloads({ workloads, flows }: Perimeter, report: Report): void {
  const entered = flows.filter(({ from }) => from === INTERNET).map(({ to }) => to);
  for (const { name, addresses } of workloads) {
    if (addresses) continue;
    const longest = entered.includes(name) ? Math.min(LONGEST_WORKLOAD, 63 - "-entrance".length) : LONGEST_WORKLOAD;
    if (name.length > longest)
      report(
        "workloads",
        `"${name}" has ${name.length} characters, and with what stands behind it in names of objects it may have ${longest}; use a shorter one`,
      );
  }
}

function checkLabels({ labels = {}, annotations = {}, nodeSelector = {} }: KubernetesArgs, report: Report): void {
  for (const [path, all] of Object.entries({ labels, nodeSelector, annotations })) {
    for (const [key, value] of Object.entries(all)) {
      const at = `${path}["${key}"]`;
      if (!isKey(key))
        report(
          at,
          "is no key; use letters, digits, hyphens, dots and underscores, with a DNS name and a slash before them if need be",
        );
      else if (key.startsWith(OWN_KEYS))
        report(at, `is one by which parts of this deployment are known; use another than ${OWN_KEYS}…`);
      if (typeof value !== "string") report(at, `${JSON.stringify(value)} is no text; put it between quotes`);
      else if (path !== "annotations" && !LABEL_VALUE.test(value))
        report(at, `"${value}" is no value of a label; use at most 63 letters, digits, hyphens, dots and underscores`);
    }
  }
}

function isKey(key: string): boolean {
  const [name, domain, ...more] = key.split("/").reverse() as [string, string?];
  return more.length === 0 && KEY_NAME.test(name) && (domain === undefined || SUBDOMAIN.test(domain));
}
