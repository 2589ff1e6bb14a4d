import { RULES, type RuleId } from "../rules";
import type { Finding, Review, Severity } from "../types";
import { code } from "./code";
import { picture } from "./picture";
import { verdict } from "./summary";

export interface MarkdownOptions {
  /**
   * Bytes of UTF-8 that the text may have; what does not fit is left out, and that is said.
   * @default 65536, what GitHub takes in one comment
   */
  longest?: number;
}

const LONGEST = 65_536;
/** What the table may take of it, so that picture and lists have a place too. */
const TABLE = 0.6;
const PICTURE = 0.15;
/** What closes a section, and the remark on what is left out. */
const RESERVE = 600;

/** Items of a list that fit into a cell. */
const IN_CELL = 3;
const FLOWS_DRAWN = 60;

const SIGNS: Record<Severity, string> = { critical: "🟥", high: "🟧", medium: "🟨", low: "🟦", info: "⬜" };

/**
 * A review as a comment on a pull request, in GitHub's Markdown: a table with the worst first, long lists and reasons folded, and a picture
 * of the part that differs. Never longer than GitHub takes;
 * what is left out is said. Texts from input stand in code spans only, without
 * the characters that would end one, so that none of them is a link, a mention, a picture or another cell.
 *
 * @example
 * writeFileSync("comment.md", toMarkdown(diffSnapshots(base, head)));
 */
export function toMarkdown(review: Review, { longest = LONGEST }: MarkdownOptions = {}): string {
  const { project, stack, findings, changed } = review;
  const head = `## Perimeter of ${code(project)}, stack ${code(stack)}\n\n${verdict(review)}\n`;
  if (findings.length === 0) return head;

  const table = fitting(findings.map(row), longest * TABLE);
  const shown = findings.slice(0, table.length);
  const reasons = folded("Why this matters", reasonsOf(shown));
  const drawn = drawing(review, longest * PICTURE);
  const before = [head, TABLE_HEAD + table.join(""), drawn.text, reasons];
  const used = bytes(before.join("\n"));
  const wanted = shown.flatMap(longLists);
  const lists = fitting(wanted, longest - RESERVE - used);

  const remarks = [
    left(findings.length - shown.length, "findings of the least severity"),
    left(drawn.left, `of ${changed.flows.length} changed flows and the workloads in the picture`),
    left(wanted.length - lists.length, "lines of long lists"),
  ].filter((remark) => remark !== "");
  const remark = remarks.length > 0 ? `Left out here, and whole in the JSON: ${remarks.join("; ")}.\n` : "";
  return [...before, folded("Long lists", lists), remark].filter((part) => part !== "").join("\n");
}

const TABLE_HEAD = "| Severity | What happens | Where | Before | Now |\n|---|---|---|---|---|\n";

function row({ severity, title, subject, before, after }: Finding): string {
  return `| ${SIGNS[severity]} ${severity} | ${title} | ${code(subject)} | ${cell(before)} | ${cell(after)} |\n`;
}

function cell(items: readonly string[]): string {
  const more = items.length > IN_CELL ? [`and ${items.length - IN_CELL} more`] : [];
  return [...items.slice(0, IN_CELL).map(code), ...more].join("<br>");
}

/** What did not fit into cells, a line for each item. */
function longLists({ title, subject, before, after }: Finding): string[] {
  if (before.length <= IN_CELL && after.length <= IN_CELL) return [];
  const lines = (word: string, items: readonly string[]) =>
    items.length > IN_CELL ? items.map((item) => `  - ${word}: ${code(item)}\n`) : [];
  return [`- ${title}: ${code(subject)}\n`, ...lines("before", before), ...lines("now", after)];
}

function reasonsOf(findings: readonly Finding[]): string[] {
  return [...new Set(findings.map(({ rule }) => rule))].map((rule) => {
    const { title, reason } = RULES[rule as RuleId];
    return `- **${title}** (${rule}): ${reason}\n`;
  });
}

function drawing({ changed }: Review, longest: number): { text: string; left: number } {
  if (changed.flows.length === 0 && changed.workloads.length === 0) return { text: "", left: 0 };
  for (let most = FLOWS_DRAWN; most > 0; most = most >> 1) {
    const { text, left } = picture(changed, most);
    if (bytes(text) <= longest) return { text: `\`\`\`mermaid\n${text}\`\`\`\n`, left };
  }
  return { text: "", left: changed.flows.length };
}

function folded(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `<details><summary>${title}</summary>\n\n${lines.join("")}\n</details>\n`;
}

/** The first ones that are together no longer than that. */
function fitting(lines: readonly string[], longest: number): string[] {
  let length = 0;
  const end = lines.findIndex((line) => {
    length += bytes(line);
    return length > longest;
  });
  return end === -1 ? [...lines] : lines.slice(0, end);
}

const encoder = new TextEncoder();
const bytes = (text: string): number => encoder.encode(text).length;

function left(count: number, what: string): string {
  return count > 0 ? `${count} ${what}` : "";
}
