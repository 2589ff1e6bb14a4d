import { named, visible } from "../visible";

/** A Markdown code span; a table ends a cell at a pipe even there, and reads a backslash before one. */
export function code(text: string): string {
  const content = visible(text).replace(/[|\\]/g, named).trim();
  return content === "" ? "(empty)" : `\`${content}\``;
}
