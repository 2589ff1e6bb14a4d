/**
 * Property values as the engine sends them. A secret and a value that is not known yet travel as marked objects and magic strings; here they
 * become types of their own, so that no code can print a secret or use an unknown by accident.
 */

const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** The engine has one magic string per type that is unknown. To a plugin they all mean the same. */
const UNKNOWNS: ReadonlySet<string> = new Set([
  UNKNOWN_STRING,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** What JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A value that must never be shown. */
export class Secret {
  constructor(readonly value: Value) {}
  /** Whoever prints it by accident prints this. */
  toJSON(): string {
    return "[secret]";
  }
  toString(): string {
    return "[secret]";
  }
}

/** A value that only `up` will know. */
export const UNKNOWN = Symbol("unknown until `up`");

export type Value = null | boolean | number | string | Secret | typeof UNKNOWN | Value[] | { [key: string]: Value };
export type Properties = Record<string, Value>;

/** Reads what the engine sent. */
export function decode(json: Json): Value {
  if (typeof json === "string") return UNKNOWNS.has(json) ? UNKNOWN : json;
  if (json === null || typeof json !== "object") return json;
  if (Array.isArray(json)) return json.map(decode);
  const signature = json[SIGNATURE_KEY];
  if (signature === SECRET_SIGNATURE) return new Secret(decode(json.value ?? null));
  if (signature !== undefined)
    throw new Error("assets, archives and resource references are no property values of this plugin");
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, decode(value)]));
}

/** Writes what the engine reads. The opposite of {@link decode}. */
export function encode(value: Value): Json {
  if (value === UNKNOWN) return UNKNOWN_STRING;
  if (value instanceof Secret) return { [SIGNATURE_KEY]: SECRET_SIGNATURE, value: encode(value.value) };
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(encode);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encode(item)]));
}

/** The value without its secret marks: for comparing, and for handing to the engine that needs it. */
export function reveal(value: Value): Value {
  if (value instanceof Secret) return reveal(value.value);
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(reveal);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, reveal(item)]));
}

/** Whether any part is secret. */
export function hasSecret(value: Value | undefined): boolean {
  if (value instanceof Secret) return true;
  if (value === null || value === undefined || typeof value !== "object") return false;
  return Object.values(value).some(hasSecret);
}

/** Whether any part is unknown. */
export function hasUnknown(value: Value | undefined): boolean {
  if (value === UNKNOWN) return true;
  if (value instanceof Secret) return hasUnknown(value.value);
  if (value === null || value === undefined || typeof value !== "object") return false;
  return Object.values(value).some(hasUnknown);
}

/** Every secret text inside, so that it can be struck out of messages. */
export function secretTexts(value: Value | undefined, insideSecret = false): string[] {
  if (value instanceof Secret) return secretTexts(value.value, true);
  if (typeof value === "string") return insideSecret ? [value] : [];
  if (value === null || value === undefined || typeof value !== "object") return [];
  return Object.values(value).flatMap((item) => secretTexts(item, insideSecret));
}

/** Shorter secrets would strike out half of every message. */
export const SHORTEST_REDACTED = 4;

/** The message with every secret struck out: as a whole, line by line, and as JSON or base64 would spell it. */
export function redact(message: string, secrets: readonly string[]): string {
  const spellings = secrets.flatMap((secret) => [
    secret,
    ...secret.split("\n"),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString("base64"),
    Buffer.from(secret, "base64").toString("utf8"),
  ]);
  return spellings
    .map((spelling) => spelling.trim())
    .filter((spelling) => spelling.length >= SHORTEST_REDACTED)
    .sort((a, b) => b.length - a.length)
    .reduce((text, spelling) => text.replaceAll(spelling, "[secret]"), message);
}
