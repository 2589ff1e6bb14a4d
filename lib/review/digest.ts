import { createHash } from "node:crypto";
import type { Finding } from "./types";

/** SHA-256 in hexadecimal of a plain value; the same however the keys of its objects are ordered. */
export function digest(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("hex");
}

/** As JSON with sorted keys, without what is undefined. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
}

/** What tells a finding from all others, and stays as long as the rule and the subject do. */
export function fingerprint({ rule, subject }: Pick<Finding, "rule" | "subject">): string {
  return createHash("sha256")
    .update(JSON.stringify([rule, subject]))
    .digest("hex")
    .slice(0, 32);
}
