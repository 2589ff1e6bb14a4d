/** Properties of a resource. */
export type Props = Record<string, unknown>;

/** Stands for a value that is not known before the deployment. Nothing is said against it: at the deployment it is looked at again. */
export const UNKNOWN = Symbol("unknown");

/** By these the engine's library marks a secret in plain data. */
const MARK = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/**
 * Properties as plain data: secrets unwrapped, and `UNKNOWN` where reading throws, as the engine's library does for what it does not
 * know.
 */
export function revealed(props: object): Props {
  return record(reveal(() => props));
}

function reveal(read: () => unknown): unknown {
  let value: unknown;
  try {
    value = read();
  } catch {
    return UNKNOWN;
  }
  if (Array.isArray(value)) {
    const items = value;
    return Array.from({ length: items.length }, (_, i) => reveal(() => items[i]));
  }
  if (typeof value !== "object" || value === null) return value;
  const object = value as Props;
  const keys = Object.keys(object);
  if (keys.includes(MARK) && object[MARK] === SECRET) return reveal(() => object.value);
  return Object.fromEntries(keys.map((key) => [key, reveal(() => object[key])]));
}

/** The value if it is an object, else one without keys. */
export function record(value: unknown): Props {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Props) : {};
}

/** The value if it is a list, else an empty one. */
export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value if it is a text. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Texts of a list. */
export function texts(value: unknown): string[] {
  return list(value).filter((one) => typeof one === "string");
}

/** What is at the end of a way through objects; `UNKNOWN` if something on it is. */
export function at(value: unknown, ...way: string[]): unknown {
  return way.reduce<unknown>((here, key) => (here === UNKNOWN ? UNKNOWN : record(here)[key]), value);
}

/** Calls back for every value in lists and objects, with the keys on the way. */
export function walk(value: unknown, visit: (value: unknown, way: string[]) => void, way: string[] = []): void {
  visit(value, way);
  if (Array.isArray(value)) value.forEach((one, i) => void walk(one, visit, [...way, `${i}`]));
  else for (const [key, one] of Object.entries(record(value))) walk(one, visit, [...way, key]);
}
