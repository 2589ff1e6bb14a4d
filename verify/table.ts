import type { FlowProbe, Perimeter } from "../lib/perimeter";
import type { Verdict, Verification } from "./verify";

/** Lines of columns, each as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** A zone that the table is about, and what it is a zone of. */
export interface TableOptions {
  perimeter: Perimeter;
  zone: string;
}

/** What was tried and seen, as lines for a person: the table, the causes, the counts. Of one zone, also which way each flow goes. */
export function report({ verdicts, causes }: Verification, about?: TableOptions): string[] {
  const heading = ["FROM", "TO", "EXPECTED", "SEEN", ""];
  const table =
    about === undefined
      ? [heading, ...verdicts.map(row)]
      : [["WAY", ...heading], ...verdicts.map((verdict) => [wayOf(verdict.probe, about), ...row(verdict)])];
  const closed = verdicts.filter(({ probe }) => probe.expected === "closed").length;
  const counts = `${verdicts.length - closed} declared and ${closed} undeclared flows tried`;
  return [
    ...columns(table),
    "",
    ...causes,
    `${about === undefined ? "" : `zone "${about.zone}": `}${counts}, ${causes.length === 0 ? "all as declared" : `${causes.length} not as declared`}`,
  ];
}

function row({ probe, seen }: Verdict): string[] {
  const mark = seen.state === probe.expected ? "" : "<<<";
  return [probe.from, `${probe.to}:${probe.port}`, probe.expected, seen.state, mark];
}

/** `in` to the zone, `out` of it, or `within`. */
function wayOf({ from, to }: FlowProbe, { perimeter, zone }: TableOptions): string {
  const isMember = (name: string) =>
    perimeter.workloads.some((workload) => workload.name === name && workload.zone === zone);
  if (isMember(from) && isMember(to)) return "within";
  return isMember(to) ? "in" : "out";
}
