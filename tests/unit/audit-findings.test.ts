import { readFileSync } from "node:fs";
import { join } from "node:path";
import { UNAVOIDABLE_FINDINGS } from "../support/audit-findings";

test("the documentation lists the audit's findings as the test on a real engine knows them", () => {
  const text = readFileSync(join(__dirname, "../../docs/openclaw-audit.md"), "utf8");
  const rows = [...text.matchAll(/^\| `(\S+)` \| (.+) \|$/gm)].map(([, id, why]) => [id, why]);
  expect(Object.fromEntries(rows)).toEqual(UNAVOIDABLE_FINDINGS);
  expect(rows).toHaveLength(Object.keys(UNAVOIDABLE_FINDINGS).length);
});
