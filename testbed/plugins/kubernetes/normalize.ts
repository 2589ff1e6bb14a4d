/**
 * Brings inputs into the spelling that comes back from the cluster. The official plugin passes objects of Kubernetes' own kinds through
 * Kubernetes' own types: unknown fields, and fields that hold nothing, are gone afterwards, and quantities have their canonical spelling.
 */
import { hasUnknown, type Value } from "../values";
import { isBuiltIn } from "./kinds";
import { at, isObject, isSecretKind, type KubeObject, kindOf, textAt } from "./objects";
import { canonicalQuantity } from "./quantity";
import shapes from "./shapes.json";

const types: Readonly<Record<string, Readonly<Record<string, string>>>> = shapes.types;
const typeOfKind: Readonly<Record<string, string>> = shapes.kinds;

/** The server's own, never a program's. */
const readOnly = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "uid",
];

export function normalizeInputs(inputs: KubeObject): KubeObject {
  const normalized = hasUnknown(inputs) || !isBuiltIn(kindOf(inputs)) ? inputs : normalize(inputs);
  if (!isObject(normalized.metadata)) return normalized;
  const kept = Object.entries(normalized.metadata).filter(([key]) => !readOnly.includes(key));
  return { ...normalized, metadata: Object.fromEntries(kept) };
}

function normalize(inputs: KubeObject): KubeObject {
  if (isSecretKind(inputs)) return normalizeSecret(inputs);
  const type = typeOfKind[`${textAt(inputs, "apiVersion").replace(/^core\//, "")}/${textAt(inputs, "kind")}`] ?? "";
  try {
    return convertFields(type, inputs);
  } catch (error) {
    // What does not fit the type goes to the server as it is: its message says best what is wrong.
    if (error instanceof Misfit) return inputs;
    throw error;
  }
}

class Misfit extends Error {}

function convertFields(type: string, value: Value): KubeObject {
  if (!isObject(value)) throw new Misfit(type);
  const fields = types[type] ?? {};
  const entries = Object.entries(value).flatMap(([name, item]): [string, Value][] => {
    const code = fields[name];
    if (code === undefined) return [];
    const omitsEmpty = code.endsWith("?");
    const converted = convert(omitsEmpty ? code.slice(0, -1) : code, item);
    return converted === null || (omitsEmpty && isEmpty(converted)) ? [] : [[name, converted]];
  });
  return Object.fromEntries(entries);
}

function convert(code: string, value: Value): Value {
  if (value === null || code === "any") return value;
  if (code.startsWith("[]")) {
    if (!Array.isArray(value)) throw new Misfit(code);
    return value.map((item) => convert(code.slice(2), item));
  }
  if (code.startsWith("{}")) {
    if (!isObject(value)) throw new Misfit(code);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, convert(code.slice(2), item)]));
  }
  switch (code) {
    case "string":
    case "number":
      return expectType(code, value);
    case "bool":
      return expectType("boolean", value);
    case "bytes":
      return Buffer.from(String(expectType("string", value)), "base64").toString("base64");
    case "quantity": {
      const canonical = typeof value === "string" || typeof value === "number" ? canonicalQuantity(value) : undefined;
      if (canonical === undefined) throw new Misfit(code);
      return canonical;
    }
    default:
      return convertFields(code, value);
  }
}

function expectType(type: "string" | "number" | "boolean", value: Value): Value {
  if (typeof value !== type) throw new Misfit(type);
  return value;
}

function isEmpty(value: Value): boolean {
  if (value === "" || value === 0 || value === false) return true;
  return value !== null && typeof value === "object" && Object.keys(value).length === 0;
}

/** The server keeps `stringData` as `data`, and `data` without blanks. Everything else of a Secret stays as it is. */
function normalizeSecret(inputs: KubeObject): KubeObject {
  const { stringData, ...others } = inputs;
  const data = at(inputs, "data");
  if (isObject(stringData) && Object.keys(stringData).length > 0) {
    if (!Object.values(stringData).every((text) => typeof text === "string")) return inputs;
    const encoded = Object.entries(stringData).map(([key, text]) => [
      key,
      Buffer.from(String(text)).toString("base64"),
    ]);
    return { ...others, data: { ...(isObject(data) ? data : {}), ...Object.fromEntries(encoded) } };
  }
  if (!isObject(data)) return inputs;
  return { ...inputs, data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, withoutBlanks(text)])) };
}

function withoutBlanks(text: Value): Value {
  // What is no base64 is left for the server to refuse.
  if (typeof text !== "string" || !/^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$/.test(text)) return text;
  return text.replace(/[\r\n]/g, "");
}
