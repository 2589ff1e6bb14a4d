/** Names of objects that the program leaves to Pulumi. */
import { createHash, randomBytes } from "node:crypto";
import type { Naming } from "../check";
import { UNKNOWN } from "../values";
import { annotation, at, type KubeObject, nameOf, textAt, withAnnotation, withMetadata } from "./objects";

/** Tells later runs that the name was not the program's, so that a replacement may get another one. */
export const AUTONAMED = "pulumi.com/autonamed";

export const isAutonamed = (object: KubeObject): boolean => annotation(object, AUTONAMED) === "true";
export const isNamed = (object: KubeObject): boolean =>
  nameOf(object) !== "" || at(object, "metadata", "name") === UNKNOWN;
export const isGenerated = (object: KubeObject): boolean =>
  !isNamed(object) &&
  (textAt(object, "metadata", "generateName") !== "" || at(object, "metadata", "generateName") === UNKNOWN);

/** The inputs with a name: the program's, the one of earlier, or a new one. */
export function named(inputs: KubeObject, olds: KubeObject | undefined, naming: Naming): KubeObject {
  if (isNamed(inputs)) return inputs;
  if (olds !== undefined && Object.keys(olds).length > 0) {
    return isAutonamed(olds) ? autonamed(inputs, nameOf(olds)) : inputs;
  }
  if (isGenerated(inputs)) return inputs;
  if (naming.rule?.mode === "disable")
    throw new Error("autonaming is disabled, resource requires the .metadata.name field to be set");
  return autonamed(inputs, naming.rule?.proposed ?? `${naming.logicalName}-${suffix(naming.seed)}`);
}

function autonamed(inputs: KubeObject, name: string): KubeObject {
  return withAnnotation(withMetadata(inputs, "name", name), AUTONAMED, "true");
}

/** Eight hexadecimal digits: the same for the same seed, so that a saved plan and its `up` agree. */
export function suffix(seed: Uint8Array = new Uint8Array()): string {
  const source = seed.length > 0 ? createHash("sha256").update(seed).digest() : randomBytes(4);
  return source.toString("hex").slice(0, 8);
}
