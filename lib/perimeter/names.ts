import { closest, distance } from "fastest-levenshtein";

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Characters that arrive by copy and paste from formatted documents and look like, or hide beside, a plain one. */
const LOOK_ALIKES: Record<string, { title: string; plain: string }> = {
  "\u00a0": { title: "NO-BREAK SPACE", plain: "" },
  "\u00ad": { title: "SOFT HYPHEN", plain: "-" },
  "\u02d7": { title: "MODIFIER LETTER MINUS SIGN", plain: "-" },
  "\u200b": { title: "ZERO WIDTH SPACE", plain: "" },
  "\u200c": { title: "ZERO WIDTH NON-JOINER", plain: "" },
  "\u200d": { title: "ZERO WIDTH JOINER", plain: "" },
  "\u2010": { title: "HYPHEN", plain: "-" },
  "\u2011": { title: "NON-BREAKING HYPHEN", plain: "-" },
  "\u2012": { title: "FIGURE DASH", plain: "-" },
  "\u2013": { title: "EN DASH", plain: "-" },
  "\u2014": { title: "EM DASH", plain: "-" },
  "\u2015": { title: "HORIZONTAL BAR", plain: "-" },
  "\u2043": { title: "HYPHEN BULLET", plain: "-" },
  "\u2060": { title: "WORD JOINER", plain: "" },
  "\u2212": { title: "MINUS SIGN", plain: "-" },
  "\ufe58": { title: "SMALL EM DASH", plain: "-" },
  "\ufe63": { title: "SMALL HYPHEN-MINUS", plain: "-" },
  "\ufeff": { title: "ZERO WIDTH NO-BREAK SPACE", plain: "" },
  "\uff0d": { title: "FULLWIDTH HYPHEN-MINUS", plain: "-" },
  "\u0430": { title: "CYRILLIC SMALL LETTER A", plain: "a" },
  "\u0435": { title: "CYRILLIC SMALL LETTER IE", plain: "e" },
  "\u043e": { title: "CYRILLIC SMALL LETTER O", plain: "o" },
  "\u0440": { title: "CYRILLIC SMALL LETTER ER", plain: "p" },
  "\u0441": { title: "CYRILLIC SMALL LETTER ES", plain: "c" },
  "\u0443": { title: "CYRILLIC SMALL LETTER U", plain: "y" },
  "\u0445": { title: "CYRILLIC SMALL LETTER HA", plain: "x" },
  "\u0455": { title: "CYRILLIC SMALL LETTER DZE", plain: "s" },
  "\u0456": { title: "CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I", plain: "i" },
  "\u0458": { title: "CYRILLIC SMALL LETTER JE", plain: "j" },
  "\u03bf": { title: "GREEK SMALL LETTER OMICRON", plain: "o" },
};

/**
 * The name with look-alikes of ASCII characters replaced by the ASCII characters, and accents and case removed. What has no
 * counterpart stays, so the result may still be no valid name.
 *
 * @example
 * plainName("model\u2011runtime") // "model-runtime"
 */
export function plainName(name: string): string {
  const replaced = Array.from(name, (character) => LOOK_ALIKES[character]?.plain ?? character).join("");
  return replaced
    .normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase();
}

/** The first character outside ASCII, by code point, name (where it is a known look-alike) and position counted from 1. */
function foreignCharacter(name: string): string | undefined {
  const characters = Array.from(name);
  const index = characters.findIndex((character) => (character.codePointAt(0) ?? 0) > 0x7e);
  const character = characters[index];
  if (character === undefined) return undefined;
  const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  const title = LOOK_ALIKES[character]?.title;
  return `contains ${title === undefined ? code : `${code} ${title}`} at position ${index + 1}`;
}

/**
 * What keeps a text from being the name of a zone, workload or credential, or `undefined` if nothing does.
 * A name is a DNS label without two hyphens in a row, because `--` joins names in what is derived from them.
 *
 * @example
 * nameProblem("model\u2011runtime")
 * // contains U+2011 NON-BREAKING HYPHEN at position 6; use an ASCII hyphen: "model-runtime"
 */
export function nameProblem(name: string): string | undefined {
  const foreign = foreignCharacter(name);
  if (foreign === undefined) return asciiNameProblem(name);
  const plain = plainName(name);
  if (asciiNameProblem(plain) !== undefined) return `${foreign}; use a-z, 0-9 and "-" only`;
  const onlyHyphens = Array.from(name).every((character) => character <= "~" || LOOK_ALIKES[character]?.plain === "-");
  return `${foreign}; use ${onlyHyphens ? "an ASCII hyphen" : "ASCII characters"}: "${plain}"`;
}

function asciiNameProblem(name: string): string | undefined {
  if (name === "") return 'is empty; use 1 to 63 characters of a-z, 0-9 and "-"';
  if (name.length > 63) return `has ${name.length} characters; use at most 63`;
  const lower = name.toLowerCase();
  if (name !== lower && LABEL.test(lower)) return `has upper-case letters; use "${lower}"`;
  if (!LABEL.test(name)) return 'is no DNS label; use a-z, 0-9 and "-", with a letter or digit first and last';
  if (name.includes("--"))
    return `has two hyphens in a row, which join names in what is derived; use "${name.replace(/-+/g, "-")}"`;
  return undefined;
}

/**
 * What keeps a text from being the name of a port, or `undefined` if nothing does. Kubernetes allows 15 characters and wants a letter.
 *
 * @example
 * portNameProblem("8443") // has no letter; use a name such as "https"
 */
export function portNameProblem(name: string): string | undefined {
  const problem = nameProblem(name);
  if (problem !== undefined) return problem;
  if (name.length > 15) return `has ${name.length} characters; use at most 15, as Kubernetes allows no more`;
  if (!/[a-z]/.test(name)) return 'has no letter; use a name such as "https"';
  return undefined;
}

/**
 * What keeps a text from being a lower-case DNS name, or `undefined` if nothing does. Addresses and wildcards are not names.
 *
 * @example
 * dnsNameProblem("*.openai.com") // is a wildcard; list each name
 */
export function dnsNameProblem(name: string): string | undefined {
  const foreign = foreignCharacter(name);
  if (foreign === undefined) return asciiDnsNameProblem(name);
  const plain = plainName(name);
  if (asciiDnsNameProblem(plain) !== undefined) return `${foreign}; write international names in their xn-- form`;
  return `${foreign}; did you mean "${plain}"?`;
}

function asciiDnsNameProblem(name: string): string | undefined {
  if (name.includes("*")) return "is a wildcard; list each name";
  const labels = name.split(".");
  // Resolvers read a name whose last label is a number, such as 127.1 or 10.0.0.0x1, as an IPv4 address.
  if (name.includes(":") || /^(\d+|0x[0-9a-f]*)$/i.test(labels.at(-1) ?? ""))
    return "is an address or has a port; use a DNS name alone";
  if (name.length > 253) return `has ${name.length} characters; use at most 253`;
  if (labels.every((label) => LABEL.test(label))) return undefined;
  const plain = name.toLowerCase().replace(/\.$/, "");
  if (plain.split(".").every((label) => LABEL.test(label))) return `is no plain lower-case DNS name; use "${plain}"`;
  return 'is no DNS name; use labels of a-z, 0-9 and "-" joined by dots, such as "api.example.com"';
}

/**
 * What to do about a name nobody declared: the nearest known one if there is one near, otherwise all that are known.
 *
 * @example
 * suggest("gaurd", ["edge", "guard"]) // did you mean "guard"?
 * suggest("postgres", ["edge", "guard"]) // use one of "edge", "guard"
 */
export function suggest(unknown: string, known: readonly string[]): string {
  if (known.length === 0) return "none is declared";
  const foreign = foreignCharacter(unknown);
  const nearest = closest(unknown, known);
  const near = distance(unknown, nearest) <= Math.max(2, Math.floor(unknown.length / 3)) && nearest.length > 2;
  if (near) return `${foreign === undefined ? "" : `it ${foreign}; `}did you mean "${nearest}"?`;
  const shown = known.slice(0, 10).map((name) => `"${name}"`);
  return `use one of ${shown.join(", ")}${known.length > shown.length ? ` and ${known.length - shown.length} more` : ""}`;
}

/** An error text for a name nobody declared, such as `workload "gaurd" is not declared; did you mean "guard"?`. */
export function unknownName(kind: string, name: string, known: readonly string[]): string {
  return `${kind} "${name}" is not declared; ${suggest(name, known)}`;
}
