import type { Verification } from "./verify";

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

/** What was tried and seen, as lines for a person: the table, the causes, the counts. */
export function report({ verdicts, causes }: Verification): string[] {
  const rows = verdicts.map(({ probe, seen }) => [
    probe.from,
    `${probe.to}:${probe.port}`,
    probe.expected,
    seen.state,
    seen.state === probe.expected ? "" : "<<<",
  ]);
  const closed = verdicts.filter(({ probe }) => probe.expected === "closed").length;
  return [
    ...columns([["FROM", "TO", "EXPECTED", "SEEN", ""], ...rows]),
    "",
    ...causes,
    `${verdicts.length - closed} declared and ${closed} undeclared flows tried, ${causes.length === 0 ? "all as declared" : `${causes.length} not as declared`}`,
  ];
}
