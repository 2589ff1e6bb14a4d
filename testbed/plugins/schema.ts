/** The vocabulary in which a stand-in says what it knows of a resource. Everything else is refused. */

/** One property of a resource, or one key of an object inside it. */
export interface PropertySpec {
  readonly type: "string" | "number" | "boolean" | "list" | "set" | "map" | "object";
  /** Keys of the object, or of each object in the list or set. Without it a list, set or map holds strings. */
  readonly fields?: Fields;
  readonly required?: boolean;
  /** A change makes a new resource. */
  readonly replaces?: boolean;
  /** The plugin fills it in when the program leaves it out, so leaving it out changes nothing. */
  readonly computed?: boolean;
  readonly default?: string | number | boolean;
  /** Secret even when the program did not say so. */
  readonly secret?: boolean;
  /** Says what is wrong with a value (never repeating it: it may be secret), or nothing. */
  readonly check?: (value: never) => string | undefined;
}

export type Fields = Readonly<Record<string, PropertySpec>>;

/** One kind of resource. */
export interface ResourceSpec {
  readonly inputs: Fields;
  /** Properties that only the plugin sets. */
  readonly outputs: Fields;
  /** `name` becomes `<logical name>-<7 hex digits>` when the program gives none. */
  readonly autoname?: boolean;
  /** The old one has to go first, whatever its name. */
  readonly deleteBeforeReplace?: boolean;
}

type Options = Omit<PropertySpec, "type" | "fields">;

export const text = (options: Options = {}): PropertySpec => ({ type: "string", ...options });
export const number = (options: Options = {}): PropertySpec => ({ type: "number", ...options });
export const flag = (options: Options = {}): PropertySpec => ({ type: "boolean", ...options });
/** Text by text key. */
export const map = (options: Options = {}): PropertySpec => ({ type: "map", ...options });
/** Order matters. */
export const list = (options: Options & { fields?: Fields } = {}): PropertySpec => ({ type: "list", ...options });
/** Order does not matter: another order is no change. */
export const set = (options: Options & { fields?: Fields } = {}): PropertySpec => ({ type: "set", ...options });
export const object = (fields: Fields, options: Options = {}): PropertySpec => ({ type: "object", fields, ...options });

/** Marks every field as one whose change makes a new resource. */
export function allReplace(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, spec]) => [name, { ...spec, replaces: true }]));
}
