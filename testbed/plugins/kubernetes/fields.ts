/** Who holds which fields of an object: the server's `managedFields`, as far as server-side apply needs them. */

import type { Properties, Value } from "../values";
import { at, isObject, type KubeObject, listAt, textAt } from "./objects";

/** How the official plugin signs objects that it creates. They are created without apply, so that what exists is never taken over. */
export const CREATOR = "pulumi-kubernetes";

/** Their fields go to the program's own manager before it applies: they were set by earlier ways of doing the same. */
const predecessors: readonly { manager: string; operation: string }[] = [
  { manager: "kubectl", operation: "Apply" },
  ...["kubectl", "before-first-apply", CREATOR, "pulumi-kubernetes.exe", "pulumi-resource-kubernetes"].map(
    (manager) => ({
      manager,
      operation: "Update",
    }),
  ),
];

export const isCreatedByPulumi = (object: KubeObject): boolean =>
  listAt(object, "metadata", "managedFields").some(
    (entry) =>
      textAt(entry, "operation") === "Update" &&
      [CREATOR, "pulumi-resource-kubernetes", "pulumi-kubernetes.exe"].includes(textAt(entry, "manager")),
  );

/** The JSON patch that hands the predecessors' fields to the manager, or nothing when there are none. */
export function handOverFields(object: KubeObject, manager: string): object[] {
  const entries = listAt(object, "metadata", "managedFields");
  const isOwn = (entry: Value): boolean =>
    textAt(entry, "manager") === manager &&
    textAt(entry, "operation") === "Apply" &&
    textAt(entry, "subresource") === "";
  // What was set through a subresource, such as a scale, was set by somebody on purpose.
  const isBefore = (entry: Value): boolean =>
    textAt(entry, "subresource") === "" &&
    predecessors.some(
      (one) => one.manager === textAt(entry, "manager") && one.operation === textAt(entry, "operation"),
    );
  const before = entries.filter((entry) => !isOwn(entry) && isBefore(entry));
  if (before.length === 0) return [];
  const [first, ...others] = [...entries.filter(isOwn), ...before].filter(isObject);
  const merged = others.reduce<Value>(
    (fields, entry) => union(fields, at(entry, "fieldsV1")),
    at(first, "fieldsV1") ?? {},
  );
  const own = { ...first, manager, operation: "Apply", fieldsV1: merged };
  const kept = entries.filter((entry) => !isOwn(entry) && !isBefore(entry));
  return [
    { op: "replace", path: "/metadata/managedFields", value: [...kept, own] },
    { op: "replace", path: "/metadata/resourceVersion", value: textAt(object, "metadata", "resourceVersion") },
  ];
}

function union(a: Value, b: Value | undefined): Value {
  if (!isObject(a) || !isObject(b)) return b ?? a;
  const entries = Object.entries(b).map(([key, value]): [string, Value] => [key, union(a[key] ?? {}, value)]);
  return { ...a, ...Object.fromEntries(entries) };
}

/** The inputs without changes at the ignored paths: a field of somebody else is left out, any other keeps its live value. */
export function withoutIgnored(
  inputs: KubeObject,
  live: KubeObject,
  ignored: readonly string[],
  manager: string,
): KubeObject {
  return ignored.reduce<KubeObject>((result, written) => {
    const path = written.split(".");
    const holders = listAt(live, "metadata", "managedFields").filter(
      (entry) => at(entry, "fieldsV1", ...path.map((step) => `f:${step}`)) !== undefined,
    );
    const [ours, theirs] = [
      holders.some((entry) => textAt(entry, "manager") === manager),
      holders.some((entry) => textAt(entry, "manager") !== manager),
    ];
    if (theirs && !ours) return replaceAt(result, path, undefined);
    const value = at(live, ...path);
    return value === undefined ? result : replaceAt(result, path, value);
  }, inputs);
}

function replaceAt(object: Properties, [first = "", ...rest]: readonly string[], value: Value | undefined): Properties {
  const { [first]: old, ...others } = object;
  if (rest.length > 0) {
    if (!isObject(old) && value === undefined) return object;
    return { ...object, [first]: replaceAt(isObject(old) ? old : {}, rest, value) };
  }
  return value === undefined ? others : { ...object, [first]: value };
}
