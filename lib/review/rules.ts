import type { Severity } from "./types";

/** One kind of difference. */
export interface Rule {
  severity: Severity;
  title: string;
  reason: string;
}
export type RuleId = string;
export const RULES: Record<RuleId, Rule> = {};
