export { diffSnapshots } from "./diff";
export { toJson } from "./render/json";
export { toMarkdown } from "./render/markdown";
export { type SarifOptions, toSarif } from "./render/sarif";
export { toText } from "./render/text";
export { RULES, type Rule, type RuleId } from "./rules";
export { parseSnapshot, SnapshotError, snapshot } from "./snapshot";
export type * from "./types";
