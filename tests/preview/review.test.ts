import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type INTERNET, type Snapshot, takeSnapshot } from "../../lib";
import { repository } from "../../testbed/paths";
import { attempt } from "../../testbed/process";
import { byPlan, STACKS, type StackName } from "../../testbed/review/stacks";
import { WITHOUT_TRACES } from "../support/without-traces";

const folder = join(repository, ".state", "review");
/** Of the settings that take secrets' places; it must be nowhere. */
const PLACEHOLDER = "not-the-real-one";
/** Bytes that who posts the comment takes. */
const COMMENT = 60_000;

describe("make preview", () => {
  let base: string;
  const deployed = {} as Record<StackName, Snapshot>;

  before(async () => {
    base = mkdtempSync(join(tmpdir(), "zero-trust-openclaw-base-"));
    mkdirSync(join(base, "plans"));
    for (const stack of STACKS)
      deployed[stack] = (await byPlan(stack, repository, join(base, "plans"))).outputs.snapshot as Snapshot;
  });
  after(() => rmSync(base, { recursive: true, force: true }));

  test("says what the change of each stack lets reach what, and objects to what is critical", async () => {
    keep("laptop", deployed.laptop);
    keep("staging", without(deployed.staging, "internet"));
    keep("production", {
      ...deployed.production,
      identityProvider: { ...deployed.production.identityProvider, issuer: "https://login.before.example" },
    });
    const { code, stdout } = await testbed("review", "--base", base);
    assert.equal(code, 3, stdout);
    const report = JSON.parse(readFileSync(join(folder, "review.json"), "utf8"));
    const rules = Object.fromEntries(
      report.stacks.map(({ stack, review }: { stack: string; review: { findings: { rule: string }[] } }) => [
        stack,
        review.findings.map(({ rule }) => rule),
      ]),
    );
    assert.deepEqual(rules.laptop, []);
    assert.ok(rules.staging.includes("flow-out-added"), stdout);
    assert.ok(rules.production.includes("identity-provider-changed"), stdout);

    const comment = readFileSync(join(folder, "comment.md"), "utf8");
    assert.match(comment, /^\*\*1 critical finding speaks against this change\.\*\*\n/);
    assert.match(comment, /`egress → internet:443`/);
    assert.match(comment, /without a cluster, so what an API server would refuse was not seen/);
    assert.ok(Buffer.byteLength(comment) < COMMENT);
    const { runs } = JSON.parse(readFileSync(join(folder, "review.sarif"), "utf8"));
    assert.deepEqual(
      runs.map(({ automationDetails }: { automationDetails: { id: string } }) => automationDetails.id),
      STACKS.map((stack) => `${stack}/`),
    );
    for (const text of [stdout, comment, JSON.stringify(report), JSON.stringify(runs)])
      assert.ok(!text.includes(PLACEHOLDER));
    assert.ok(!existsSync(join(folder, "work")), "the state of the previews is gone");
  });

  test("refuses a base that is not there, and one that was edited by hand", async () => {
    const { code, stdout } = await testbed("review", "--base", "no-such-branch");
    assert.equal(code, 2);
    assert.match(stdout, /BASE=no-such-branch is neither a commit of this repository nor a folder/);
    keep("staging", deployed.staging);
    keep("production", deployed.production);
    const { perimeter } = deployed.laptop;
    writeFileSync(
      join(base, "laptop.json"),
      JSON.stringify({ ...deployed.laptop, perimeter: { ...perimeter, flows: [] } }),
    );
    const edited = await testbed("review", "--base", base);
    assert.equal(edited.code, 2);
    assert.match(edited.stdout, /edited by hand/);
  });

  function keep(stack: StackName, { digest: _, format: __, ...content }: Snapshot): void {
    writeFileSync(join(base, `${stack}.json`), JSON.stringify(takeSnapshot(content)));
  }
});

describe("zero-trust-openclaw review", () => {
  let work: string;
  let plan: string;
  let snapshot: Snapshot;

  before(async () => {
    work = mkdtempSync(join(tmpdir(), "zero-trust-openclaw-review-"));
    ({ snapshot } = (await byPlan("production", repository, work)).outputs as { snapshot: Snapshot });
    plan = join(work, "production.plan.json");
    writeFileSync(join(work, "base.json"), JSON.stringify(snapshot));
  });
  after(() => rmSync(work, { recursive: true, force: true }));

  test("compares what is deployed with the events of a preview", async () => {
    const { code, stdout } = await review("--base", join(work, "base.json"), "--head", plan);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /Nothing changes: everything reaches exactly what it reached before/);
  });

  test("objects from the severity that is named on", async () => {
    const before = join(work, "before.json");
    const { digest: _, format: __, ...content } = without(snapshot, "internet");
    writeFileSync(before, JSON.stringify(takeSnapshot(content)));
    assert.equal((await review("--base", before, "--head", plan)).code, 0);
    const { code, stdout } = await review(
      "--base",
      before,
      "--head",
      plan,
      "--fail-on",
      "high",
      "--format",
      "markdown",
    );
    assert.equal(code, 3);
    assert.match(stdout, /A workload may call the internet/);
  });

  test("a policy that forbids is critical, and a volume that is replaced is said", async () => {
    const events = join(work, "policy.json");
    const urn = "urn:pulumi:production::company::kubernetes:core/v1:PersistentVolumeClaim::state";
    writeFileSync(
      events,
      [
        JSON.stringify({ sequence: 0, policyEvent: { ...VIOLATION, resourceUrn: urn } }),
        JSON.stringify({ sequence: 1, resourcePreEvent: { metadata: { op: "replace", urn, type: "x" } } }),
        readFileSync(plan, "utf8"),
      ].join("\n"),
    );
    const { code, stdout } = await review("--base", join(work, "base.json"), "--head", events);
    assert.equal(code, 3);
    assert.match(
      stdout,
      /CRITICAL {2}A policy forbids this \[policy-forbids\]\n {2}What: no-root: .*PersistentVolumeClaim state/,
    );
    assert.match(stdout, /MEDIUM {2}A resource is deleted or replaced/);
  });

  test("says that the preview failed", async () => {
    const events = join(work, "failed.json");
    const message = "error: the image \u001b[31mname is wrong";
    writeFileSync(events, JSON.stringify({ sequence: 0, diagnosticEvent: { message, severity: "error" } }));
    const { code, stdout } = await review("--base", "none", "--head", events);
    assert.equal(code, 1);
    assert.match(stdout, /failed: error: the image \(U\+001B\)\[31mname is wrong/);
  });

  test("says that the preview failed without a word", async () => {
    const events = written("wordless.json", JSON.stringify({ sequence: 0, summaryEvent: { result: "failed" } }));
    const { code, stdout } = await review("--base", "none", "--head", events);
    assert.equal(code, 1);
    assert.match(stdout, /failed: the preview ended as "failed"/);
  });

  const good = () => join(work, "base.json");
  const WRONG: [string, () => string[], RegExp][] = [
    ["no base", () => ["--head", good()], /--base none for a first deployment/],
    ["a file that is not there", () => ["--base", "none", "--head", join(work, "nothing")], /--head: ENOENT/],
    [
      "a format there is not",
      () => ["--base", "none", "--head", good(), "--format", "pdf"],
      /markdown, json, sarif, and not "pdf"/,
    ],
    ["an option there is not", () => ["--base", "none", "--head", good(), "--hard"], /--hard/],
    [
      "a severity there is not",
      () => ["--base", "none", "--head", good(), "--fail-on", "bad"],
      /or never, and not "bad"/,
    ],
    [
      "a base of another project",
      () => ["--base", other(), "--head", good()],
      /--base: the snapshot is of project "other"/,
    ],
    ["a base of a newer format", () => ["--base", newer(), "--head", good()], /--base: .*update this program/],
    ["events that were cut off", () => ["--base", "none", "--head", cutOff()], /end before the preview did/],
    ["a file of something else", () => ["--base", "none", "--head", join(repository, "README.md")], /is no JSON/],
  ];
  for (const [what, args, message] of WRONG)
    test(`refuses ${what}`, async () => {
      const { code, stdout, stderr } = await review(...args());
      assert.equal(code, 2, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, message);
    });

  function other(): string {
    const { digest: _, format: __, ...content } = snapshot;
    return written("other.json", JSON.stringify(takeSnapshot({ ...content, project: "other" })));
  }
  function newer(): string {
    return written("newer.json", JSON.stringify({ ...snapshot, format: 2 }));
  }
  function cutOff(): string {
    return written("cut.json", readFileSync(plan, "utf8").split("\n").slice(0, 9).join("\n"));
  }
  function written(name: string, content: string): string {
    writeFileSync(join(work, name), content);
    return join(work, name);
  }
});

const VIOLATION = {
  policyName: "no-root",
  policyPackName: "pack",
  enforcementLevel: "mandatory",
  message: "It is root.",
};

/** The same deployment when nothing called the outside yet. */
function without(snapshot: Snapshot, to: typeof INTERNET): Snapshot {
  const { perimeter } = snapshot;
  return { ...snapshot, perimeter: { ...perimeter, flows: perimeter.flows.filter((flow) => flow.to !== to) } };
}

function testbed(...args: string[]) {
  return attempt(join(repository, "testbed", "bootstrap.sh"), args, {
    cwd: repository,
    env: WITHOUT_TRACES,
    timeout: 600_000,
  });
}

function review(...args: string[]) {
  const loader = `file://${join(repository, "node_modules", "tsx", "dist", "loader.mjs")}`;
  return attempt(process.execPath, ["--import", loader, join(repository, "review", "cli.ts"), "review", ...args]);
}
