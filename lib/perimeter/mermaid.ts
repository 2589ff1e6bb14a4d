/** Mermaid's entities for what ends a label, opens a tag or a Markdown string; a line break would end the statement. */
export function escaped(text: string): string {
  return text
    .replace(/[#&<>"'`|[\]{}()\\]/g, (character) => `#${character.charCodeAt(0)};`)
    .replace(/[\p{Control}\u2028\u2029]/gu, " ");
}
