import { CLAIMS, TOKEN_FILTER } from "./filters/identity-token";

/**
 * Conditions on the verified token's claims, in the Common Expression Language as Envoy evaluates it. A claim that is missing or of
 * another type makes a condition false, never an error: Envoy would write "-" for an error.
 */
const ALL_CLAIMS = `metadata.filter_metadata["${TOKEN_FILTER}"]["${CLAIMS}"]`;

/** A name of a claim that can be written after a dot; others could end the expression. */
const CLAIM_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
/** Visible ASCII. In a header anything else could begin a header of its own, or be read as something else. */
const VISIBLE = '"^[!-~]+$"';

export const NEVER = "false";

/** The claim itself. Its name must be a plain identifier. */
export function claim(name: string): string {
  if (!CLAIM_NAME.test(name)) throw new Error(`"${name}" is no name of a claim: letters, digits and underscores only`);
  return `${ALL_CLAIMS}.${name}`;
}

/** The claim is text, of whatever content. */
export function isText(name: string): string {
  return `(has(${claim(name)}) && type(${claim(name)}) == string)`;
}

/** The claim is text that can go into a header or a log. What is only compared with known text needs no pattern: see {@link isText}. */
export function isVisible(name: string): string {
  return all([isText(name), `${claim(name)}.matches(${VISIBLE})`]);
}

export function isMissing(name: string): string {
  return `!has(${claim(name)})`;
}

export function isTrue(name: string): string {
  return `(has(${claim(name)}) && type(${claim(name)}) == bool && ${claim(name)})`;
}

/** The claim is a list with one of these values. Text with the same value is no list. */
export function listsOneOf(name: string, values: string[]): string {
  const one = values.map((value) => `${literal(value)} in ${claim(name)}`);
  return all([`has(${claim(name)})`, `type(${claim(name)}) == list`, any(one)]);
}

/** The claim is one of these texts. */
export function isOneOf(name: string, values: string[]): string {
  return all([isText(name), any(values.map((value) => `${claim(name)} == ${literal(value)}`))]);
}

/** The claim is text with one of these ends. */
export function endsWithOneOf(name: string, ends: string[]): string {
  return all([isText(name), any(ends.map((end) => `${claim(name)}.endsWith(${literal(end)})`))]);
}

/** The request came before this time, RFC 3339. */
export function before(time: string): string {
  return `request.time < timestamp(${literal(time)})`;
}

export function any(conditions: string[]): string {
  const [only] = conditions;
  return conditions.length > 1 ? `(${conditions.join(" || ")})` : (only ?? NEVER);
}

export function all(conditions: string[]): string {
  return `(${conditions.join(" && ")})`;
}

/** In a format string: the value where the condition holds, and nothing elsewhere. */
export function textWhere(condition: string, value: string): string {
  return `%CEL(${condition} ? ${literal(value)} : "")%`;
}

/** In a format string: the claim where the condition holds, and nothing elsewhere. */
export function claimWhere(condition: string, name: string): string {
  return `%CEL(${condition} ? ${claim(name)} : "")%`;
}

/** Text of any content. What could end the literal, or the format string around it, is written as a code point. */
function literal(value: string): string {
  const safe = [...value].map((one) => (/[A-Za-z0-9 @._:/+-]/.test(one) ? one : codePoint(one)));
  return `"${safe.join("")}"`;
}

function codePoint(character: string): string {
  return `\\U${(character.codePointAt(0) as number).toString(16).padStart(8, "0")}`;
}
