export { diffSnapshots } from "./diff";
export { toJson } from "./render/json";
export { toMarkdown } from "./render/markdown";
export { type SarifOptions, toSarif } from "./render/sarif";
export { toText } from "./render/text";
export { RULES as REVIEW_RULES, type Rule as ReviewRule, type RuleId as ReviewRuleId } from "./rules";
export { type Expected, parseSnapshot, SnapshotError, takeSnapshot } from "./snapshot";
export type * from "./types";
