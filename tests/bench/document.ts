const BEGIN = "<!-- figures: begin, written by make bench WRITE=1 -->";
const END = "<!-- figures: end -->";

/** The text with what is between its two markers replaced. */
export function withFigures(text: string, figures: readonly string[]): string {
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from === -1 || to < from) throw new Error(`the document has no "${BEGIN}" before "${END}"`);
  return `${text.slice(0, from + BEGIN.length)}\n${figures.join("\n")}\n\n${text.slice(to)}`;
}
