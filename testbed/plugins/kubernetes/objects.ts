/** Kubernetes objects as plain data: secret marks taken off, values that only `up` will know still in place. */
import type { Properties, Value } from "../values";

export type KubeObject = Properties;

export interface Kind {
  /** "" for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export function isObject(value: Value | undefined): value is Properties {
  // An unknown is a symbol and a secret is of a class of its own.
  return value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype;
}

/** What is found on the way down. */
export function at(value: Value | undefined, ...path: readonly string[]): Value | undefined {
  return path.reduce<Value | undefined>((found, key) => (isObject(found) ? found[key] : undefined), value);
}

export function textAt(value: Value | undefined, ...path: readonly string[]): string {
  const found = at(value, ...path);
  return typeof found === "string" ? found : "";
}

export function numberAt(value: Value | undefined, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === "number" ? found : undefined;
}

export function listAt(value: Value | undefined, ...path: readonly string[]): Value[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export const nameOf = (object: KubeObject): string => textAt(object, "metadata", "name");
export const namespaceOf = (object: KubeObject): string => textAt(object, "metadata", "namespace");
export const annotation = (object: KubeObject, key: string): string => textAt(object, "metadata", "annotations", key);

/** The engine's id of an object. */
export function idOf(object: KubeObject): string {
  return namespaceOf(object) === "" ? nameOf(object) : `${namespaceOf(object)}/${nameOf(object)}`;
}

export function parseId(id: string): { namespace: string; name: string } {
  const [first = "", second] = id.split("/");
  return second === undefined ? { namespace: "", name: first } : { namespace: first, name: second };
}

/** The object with one field of its metadata set, or taken away. Metadata that is not known yet stays as it is. */
export function withMetadata(object: KubeObject, key: string, value: Value | undefined): KubeObject {
  const metadata = object.metadata ?? {};
  if (!isObject(metadata)) return object;
  const { [key]: _, ...others } = metadata;
  if (value === undefined) return object.metadata === undefined ? object : { ...object, metadata: others };
  return { ...object, metadata: { ...metadata, [key]: value } };
}

export function withAnnotation(object: KubeObject, key: string, value: string): KubeObject {
  const annotations = at(object, "metadata", "annotations") ?? {};
  return isObject(annotations) ? withMetadata(object, "annotations", { ...annotations, [key]: value }) : object;
}

export function kindOf(object: KubeObject): Kind {
  const [first = "", second] = textAt(object, "apiVersion").split("/");
  const kind = textAt(object, "kind");
  if (second === undefined) return { group: "", version: first, kind };
  return { group: first === "core" ? "" : first, version: second, kind };
}

export function apiVersionOf({ group, version }: Kind): string {
  return group === "" ? version : `${group}/${version}`;
}

export function isSecretKind(object: KubeObject): boolean {
  const { group, kind } = kindOf(object);
  return group === "" && kind === "Secret";
}
