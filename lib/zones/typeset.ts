import { plainName } from "../perimeter";

/**
 * The name as it was before a document was laid out for print: typeset hyphens are ASCII ones again, and characters without a width are
 * gone. Letters stay what they are: one that only looks like another came in on purpose, and is refused later.
 *
 * @example
 * withoutTypesetting("model\u2011runtime") // "model-runtime"
 */
export function withoutTypesetting(name: string): string {
  return Array.from(name.normalize("NFC"), (character) => {
    if (character <= "~" || /\p{Mark}/u.test(character)) return character;
    const plain = plainName(character);
    return plain === "-" || plain === "" ? plain : character;
  }).join("");
}
