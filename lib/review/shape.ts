/** What keeps a value of unknown origin from having a shape: where, and what is wanted there; undefined if nothing does. */
export type Shape = (value: unknown, path: string) => string | undefined;

export const text: Shape = (value, path) => (typeof value === "string" ? undefined : `${path} is no text`);
export const flag: Shape = (value, path) => (typeof value === "boolean" ? undefined : `${path} is not true or false`);
export const whole: Shape = (value, path) => (Number.isSafeInteger(value) ? undefined : `${path} is no whole number`);

/** One of some texts. */
export function oneOf(texts: readonly string[]): Shape {
  return (value, path) =>
    texts.includes(value as string)
      ? undefined
      : `${path} is none of ${texts.map((known) => JSON.stringify(known)).join(", ")}`;
}

/** May be left out. */
export function optional(shape: Shape): Shape {
  return (value, path) => (value === undefined ? undefined : shape(value, path));
}

export function list(shape: Shape): Shape {
  return (value, path) => {
    if (!Array.isArray(value)) return `${path} is no list`;
    for (const [i, item] of value.entries()) {
      const problem = shape(item, `${path}[${i}]`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

/** An object whose values, under whatever key, have a shape. */
export function map(shape: Shape): Shape {
  return (value, path) => {
    if (!isObject(value)) return `${path} is no object`;
    for (const [key, item] of Object.entries(value)) {
      const problem = shape(item, `${path}[${JSON.stringify(key)}]`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

/** An object with these keys and no others: what is not understood might be what matters. */
export function object(shapes: Record<string, Shape>): Shape {
  return (value, path) => {
    if (!isObject(value)) return `${path === "" ? "it" : path} is no object`;
    const at = (key: string) => (path === "" ? key : `${path}.${key}`);
    const foreign = Object.keys(value).find((key) => !Object.hasOwn(shapes, key));
    if (foreign !== undefined) return `${at(JSON.stringify(foreign))} is nothing that belongs there`;
    for (const [key, shape] of Object.entries(shapes)) {
      const problem = shape(Object.hasOwn(value, key) ? value[key] : undefined, at(key));
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
