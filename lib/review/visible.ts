/** Longer texts of others are cut, so that one of them cannot hide the rest. */
const LONGEST = 300;

/** Controls, format characters (bidirectional ones and those of no width among them), surrogates, and spaces and breaks but the usual. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/** What terminals, shells and CI runners act on wherever it stands: command substitution and the runner's own commands. */
const ACTIVE = /[`$]|(?<=##)\[/g;

/**
 * A text of somebody else's as one line in which nothing is hidden: characters that are not seen, or that are acted on wherever they are
 * printed, are named, such as `(U+202E)`.
 */
export function visible(given: string): string {
  const characters = Array.from(given.slice(0, 2 * LONGEST));
  const cut = characters.slice(0, LONGEST).join("");
  const left = given.length - cut.length;
  return `${cut.replace(INVISIBLE, named).replace(ACTIVE, named)}${left > 0 ? ` … (${left} more characters)` : ""}`;
}

/** A character by its code point, in nothing but letters, digits, a plus and round brackets. */
export function named(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `(U+${code})`;
}
