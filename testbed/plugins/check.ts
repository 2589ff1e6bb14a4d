/** What `Check` does: refuse what the stand-in does not know, then fill in defaults and the automatic name. */
import { createHash, randomBytes } from "node:crypto";
import type { Fields, PropertySpec, ResourceSpec } from "./schema";
import { hasUnknown, type Properties, reveal, Secret, UNKNOWN, type Value } from "./values";

/** The official plugins keep the names of defaulted properties under this key of the inputs. */
export const DEFAULTS_KEY = "__defaults";

export interface Failure {
  readonly property: string;
  readonly reason: string;
}

export interface Naming {
  /** The name of the resource in the program. */
  readonly logicalName: string;
  /** The engine's seed, so that a saved plan and its `up` agree. Empty: any name will do. */
  readonly seed: Uint8Array;
  /** What the project's own naming rules ask for. */
  readonly rule?: { readonly mode: "propose" | "enforce" | "disable"; readonly proposed: string };
}

/** Checked inputs, or what is wrong with them. */
export function checkInputs(
  spec: ResourceSpec,
  news: Properties,
  olds: Properties | undefined,
  naming: Naming,
): { inputs: Properties; failures: Failure[] } {
  const inputs: Properties = Object.fromEntries(
    Object.entries(news).filter(([key, value]) => key !== DEFAULTS_KEY && value !== null),
  );
  const defaulted: string[] = [];
  for (const [name, property] of Object.entries(spec.inputs)) {
    if (inputs[name] !== undefined || property.default === undefined) continue;
    inputs[name] = property.default;
    defaulted.push(name);
  }
  if (spec.autoname && inputs.name === undefined && naming.rule?.mode !== "disable") {
    inputs.name = automaticName(olds, naming);
    defaulted.push("name");
  }
  const failures = checkFields(spec.inputs, inputs, "");
  return { inputs: { ...inputs, [DEFAULTS_KEY]: defaulted.sort() }, failures };
}

/** An automatic name is kept for life: a new one would replace the resource on every run. */
function automaticName(olds: Properties | undefined, naming: Naming): Value {
  const kept = olds?.[DEFAULTS_KEY];
  if (olds?.name !== undefined && Array.isArray(kept) && kept.includes("name")) return olds.name;
  if (naming.rule) return naming.rule.proposed;
  const source = naming.seed.length > 0 ? createHash("sha256").update(naming.seed).digest() : randomBytes(4);
  return `${naming.logicalName}-${source.toString("hex").slice(0, 7)}`;
}

function checkFields(fields: Fields, values: Properties, path: string): Failure[] {
  const at = (name: string) => (path === "" ? name : `${path}.${name}`);
  const unknown = Object.keys(values)
    .filter((name) => name !== DEFAULTS_KEY && fields[name] === undefined)
    .map((name) => ({
      property: at(name),
      reason: `this stand-in does not know ${at(name)}; it knows ${Object.keys(fields).sort().join(", ")}. Use the official plugin for the rest.`,
    }));
  const wrong = Object.entries(fields).flatMap(([name, spec]) => {
    const value = values[name];
    if (value !== undefined && value !== null) return checkValue(spec, value, at(name));
    return spec.required ? [{ property: at(name), reason: `${at(name)} is missing` }] : [];
  });
  return [...unknown, ...wrong];
}

function checkValue(spec: PropertySpec, value: Value, path: string): Failure[] {
  if (value instanceof Secret) return checkValue(spec, value.value, path);
  if (value === UNKNOWN) return [];
  const fail = (reason: string): Failure[] => [{ property: path, reason: `${path} ${reason}` }];
  const inner = () => {
    const reason = hasUnknown(value) ? undefined : spec.check?.(reveal(value) as never);
    return reason ? fail(reason) : [];
  };
  switch (spec.type) {
    case "string":
    case "number":
    case "boolean":
      return typeof value === spec.type ? inner() : fail(`must be a ${spec.type}`);
    case "list":
    case "set": {
      if (!Array.isArray(value)) return fail("must be a list");
      const element: PropertySpec = spec.fields ? { type: "object", fields: spec.fields } : { type: "string" };
      return [...value.flatMap((item, index) => checkValue(element, item, `${path}[${index}]`)), ...inner()];
    }
    case "map":
    case "object": {
      if (value === null || typeof value !== "object" || Array.isArray(value)) return fail("must be an object");
      if (spec.type === "object") return [...checkFields(spec.fields ?? {}, value, path), ...inner()];
      const entries = Object.entries(value).filter(([key]) => key !== DEFAULTS_KEY);
      return [...entries.flatMap(([key, item]) => checkValue({ type: "string" }, item, `${path}.${key}`)), ...inner()];
    }
  }
}
