/** Everything but printable ASCII, and of that what HTML, shells and runners act on. */
const SPECIAL = /[^\x20-\x7e]|[<>&`$]|(?<=##)\[/g;

/**
 * A value as JSON that reads back as the same value, in which no text can be taken for anything else: not by a terminal, a web page or a
 * shell that it is pasted into, and without characters that hide others.
 */
export function harmlessJson(value: unknown): string {
  // Outside of texts JSON has none of these characters but the breaks between lines.
  return `${JSON.stringify(value, undefined, 2)
    .split("\n")
    .map((line) => line.replace(SPECIAL, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`))
    .join("\n")}\n`;
}
