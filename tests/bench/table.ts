import { columns } from "../../verify/table";

/** What is shown on the terminal and in the documentation alike. */
export interface Table {
  title: string;
  /** The first row names the columns. */
  rows: string[][];
}

export function asText({ title, rows }: Table): string[] {
  const [head = [], ...body] = rows;
  return ["", title, ...columns([head.map((cell) => cell.toUpperCase()), ...body]).map((line) => `  ${line}`)];
}

export function asMarkdown({ title, rows }: Table): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const [head = [], ...body] = rows;
  return ["", `**${title}**`, "", line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...body.map(line)];
}
