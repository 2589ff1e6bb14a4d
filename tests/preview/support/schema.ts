/** A package's schema, as far as programs are checked against it. */
export interface Schema {
  resources: Record<
    string,
    { inputProperties: Record<string, Property>; requiredInputs?: string[]; properties: object }
  >;
  types: Record<string, ObjectType | EnumType>;
}

interface Property {
  type?: string;
  $ref?: string;
  items?: Property;
  additionalProperties?: Property;
}

interface ObjectType {
  type: "object";
  properties: Record<string, Property>;
  required?: string[];
}

interface EnumType {
  type: "string";
  enum: { value: string }[];
}

/** Something a program computes, so that only a run could say what it is. */
export const COMPUTED = Symbol("computed");

/** How a language writes the name of a property. */
export type Spelling = (name: string) => string;

/** Everything about a resource of a program that the schema does not allow. */
export function resourceProblems(
  schema: Schema,
  token: string,
  inputs: Record<string, unknown>,
  spelling: Spelling = (name) => name,
): string[] {
  const resource = schema.resources[token];
  if (!resource) return [`${token}: is not in the schema`];
  return objectProblems(schema, resource.inputProperties, resource.requiredInputs ?? [], inputs, token, spelling);
}

function objectProblems(
  schema: Schema,
  properties: Record<string, Property>,
  required: string[],
  value: unknown,
  path: string,
  spelling: Spelling,
): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${path}: is no object`];
  const given = value as Record<string, unknown>;
  const known = new Map(Object.entries(properties).map(([name, one]) => [spelling(name), one]));
  return [
    ...required.filter((name) => !(spelling(name) in given)).map((name) => `${path}.${spelling(name)}: is missing`),
    ...Object.entries(given).flatMap(([name, one]) => {
      const property = known.get(name);
      return property
        ? problems(schema, property, one, `${path}.${name}`, spelling)
        : [`${path}.${name}: is not in the schema`];
    }),
  ];
}

function problems(schema: Schema, property: Property, value: unknown, path: string, spelling: Spelling): string[] {
  if (value === COMPUTED) return [];
  const { $ref, type, items, additionalProperties } = property;
  if ($ref) {
    const found = schema.types[decodeURIComponent($ref.replace("#/types/", ""))];
    if (!found) return [`${path}: refers to ${$ref}, which is not in the schema`];
    if ("enum" in found) {
      const words = found.enum.map((one) => one.value);
      return words.includes(value as string) ? [] : [`${path}: is none of ${words.join(", ")}`];
    }
    return objectProblems(schema, found.properties, found.required ?? [], value, path, spelling);
  }
  if (type === "array") {
    if (!Array.isArray(value)) return [`${path}: is no list`];
    return value.flatMap((one, i) => problems(schema, items as Property, one, `${path}[${i}]`, spelling));
  }
  if (type === "object") {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${path}: is no map`];
    return Object.entries(value).flatMap(([key, one]) =>
      problems(schema, additionalProperties as Property, one, `${path}["${key}"]`, spelling),
    );
  }
  const actual = typeof value === "number" && type === "integer" ? "integer" : typeof value;
  return actual === type ? [] : [`${path}: is a ${actual} and not a ${type}`];
}
