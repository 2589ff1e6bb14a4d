const END = "<!-- figures: end -->";

/** The text with what is between two markers replaced; `by` is the command that the first of them names. */
export function withFigures(text: string, figures: readonly string[], by = "make bench WRITE=1"): string {
  const begin = `<!-- figures: begin, written by ${by} -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(END, from);
  if (from === -1 || to === -1) throw new Error(`the document has no "${begin}" before "${END}"`);
  return `${text.slice(0, from + begin.length)}\n${figures.join("\n")}\n\n${text.slice(to)}`;
}
