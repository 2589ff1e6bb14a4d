import { type Finding, type Review, SEVERITIES, type Severity } from "../types";
import { visible } from "../visible";

/** How many findings of each severity there are. */
export function counts(findings: readonly Finding[]): Record<Severity, number> {
  const found = Object.fromEntries(SEVERITIES.map((severity) => [severity, 0])) as Record<Severity, number>;
  for (const { severity } of findings) found[severity]++;
  return found;
}

/** Such as `1 critical, 2 low`, without those there are none of. */
export function counted(findings: readonly Finding[]): string {
  const found = counts(findings);
  return SEVERITIES.filter((severity) => found[severity] > 0)
    .map((severity) => `${found[severity]} ${severity}`)
    .join(", ");
}

/** What a reviewer is to know before the single findings; nothing in it comes from input. */
export function verdict({ first, findings }: Review): string {
  if (first) return "There is no earlier deployment to compare with. This is what would be deployed, in short.";
  if (findings.length === 0) return "Nothing changes: everything reaches exactly what it reached before.";
  return `${counted(findings)}.`;
}

/** A list's first items as people may see them, and in words how many are left out. */
export function listed(items: readonly string[], most: number): string[] {
  const shown = items.slice(0, most).map(visible);
  return items.length > most ? [...shown, `and ${items.length - most} more`] : shown;
}
