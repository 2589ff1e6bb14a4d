/** What a program asks to be waited for with the annotation `pulumi.com/waitFor`. */
import { JSONPath } from "jsonpath-plus";
import { type KubeObject, listAt, numberAt, textAt } from "../objects";

export type Expectation = (object: KubeObject) => boolean;

/**
 * @param annotation - one expression, or a JSON list of them
 * @throws when it cannot be understood
 */
export function readWaitFor(annotation: string): Expectation {
  const expectations = expressions(annotation).map((expression) => {
    if (expression.startsWith("jsonpath=")) return readPath(expression.slice("jsonpath=".length));
    if (expression.startsWith("condition=")) return readCondition(expression.slice("condition=".length));
    throw new Error(`expected a "jsonpath=" or "condition=" prefix, got ${JSON.stringify(expression)}`);
  });
  if (expectations.length === 0) throw new Error("at least one condition must be specified");
  return (object) => expectations.every((expectation) => expectation(object));
}

function expressions(annotation: string): string[] {
  try {
    const parsed: unknown = JSON.parse(annotation);
    if (Array.isArray(parsed) && parsed.every((item) => typeof item === "string")) return parsed;
  } catch {
    // Not JSON, so it is one expression.
  }
  return [annotation];
}

/** `Type` or `Type=Status`, as `kubectl wait --for=condition=` reads it. */
function readCondition(expression: string): Expectation {
  const [type = "", status = "True"] = expression.split(/=(.*)/s);
  return (object) => {
    const found = listAt(object, "status", "conditions").find(
      (candidate) => textAt(candidate, "type").toLowerCase() === type.toLowerCase(),
    );
    if (found === undefined || isStale(object, numberAt(found, "observedGeneration"))) return false;
    return textAt(found, "status").toLowerCase() === status.toLowerCase();
  };
}

/** `{.path}` or `{.path}=value`. */
function readPath(expression: string): Expectation {
  const [path = "", value, ...more] = expression.split(/(?<!=)=(?!=)/);
  if (more.length > 0) throw new Error(`format should be {.path}=value or {.path}, got ${JSON.stringify(expression)}`);
  if (value === "") throw new Error(`${path}= requires a value`);
  if (/^'.*'$/s.test(path)) throw new Error(`${path} should omit shell quotes`);
  const inner = /\{\s*(.*?)\s*\}/.exec(path)?.[1];
  if (inner === undefined) throw new Error(`${path} should be wrapped in brackets { ... }`);
  const query = inner.startsWith("$") ? inner : `$${inner}`;
  return (object) => {
    if (isStale(object)) return false;
    const [found] = JSONPath({ path: query, json: object, eval: "safe", wrap: true }) as unknown[];
    if (found === undefined) return false;
    if (value === undefined) return true;
    if (typeof found === "object" && found !== null) throw new Error(`"${path}" has a non-primitive value`);
    return String(found) === value;
  };
}

/** Whether what the object says is about an earlier generation of it. */
function isStale(object: KubeObject, observed = numberAt(object, "status", "observedGeneration")): boolean {
  const generation = numberAt(object, "metadata", "generation");
  return generation !== undefined && observed !== undefined && observed < generation;
}
