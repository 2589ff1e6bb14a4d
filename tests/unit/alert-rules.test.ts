import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "../..");
const names = (file: string, pattern: RegExp) =>
  new Set([...readFileSync(join(root, file), "utf8").matchAll(pattern)].map(([, name]) => name));

// A rule about a metric that nobody tells is silent for ever, and so is its own test.
test("the alert rules ask for metrics that the renewer tells", () => {
  const told = names("images/workload-tools/renewer/metrics.go", /describe\("(zt_\w+)"/g);
  const asked = names("monitoring/certificates.rules.yaml", /\b(zt_\w+)/g);
  expect(asked.size).toBeGreaterThan(0);
  expect([...asked].filter((name) => !told.has(name))).toEqual([]);
});
