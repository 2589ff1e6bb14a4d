import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, before, beforeEach, describe, test } from "node:test";
import { parse } from "yaml";
import { repository } from "../../testbed/paths";
import { attempt } from "../../testbed/process";
import { Progress } from "../../testbed/progress";
import { ensureActionlint } from "../../testbed/steps/actionlint";
import { version as pulumiVersion } from "../../testbed/steps/pulumi-cli";
import { faults, type Setting } from "./support/workflow-rules";

const ours = ".github/workflows";
const copied = "examples/ci";
const SETTINGS: Record<string, Setting> = {
  [`${ours}/ci.yml`]: {},
  [`${ours}/preview.yml`]: { mayWrite: { "code-scanning": ["security-events"] } },
  [`${ours}/preview-comment.yml`]: { mayWrite: { comment: ["pull-requests"] } },
  [`${copied}/github-preview.yml`]: { secrets: true },
};
const files = [ours, copied].flatMap((folder) =>
  readdirSync(join(repository, folder))
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => `${folder}/${name}`),
);
const read = (file: string): string => readFileSync(join(repository, file), "utf8");

test("every workflow is known to these tests", () => {
  assert.deepEqual(files.toSorted(), Object.keys(SETTINGS).toSorted());
});

describe("actionlint", () => {
  let actionlint: string;
  before(async () => {
    const progress = new Progress(1, join(repository, ".state", "log"), process.stderr, true);
    actionlint = await progress.step("actionlint", ensureActionlint);
  });
  // Those two are used if the machine happens to have them.
  const lint = (args: string[], input?: string) =>
    attempt(actionlint, ["-no-color", "-shellcheck=", "-pyflakes=", ...args], { cwd: repository, input });

  for (const file of files)
    test(`finds nothing in ${file}`, async () => {
      const { code, stdout, stderr } = await lint([file]);
      assert.equal(code, 0, stdout + stderr);
    });

  test("would find something", async () => {
    const bad = read(`${ours}/ci.yml`).replace("needs: quick", "needs: nobody");
    const { code, stdout } = await lint(["-"], bad);
    assert.equal(code, 1);
    assert.match(stdout, /nobody/);
  });
});

describe("rules of ours", () => {
  for (const [file, setting] of Object.entries(SETTINGS))
    test(`${file} keeps to them`, () => assert.deepEqual(faults(read(file), setting), []));

  const preview = `${ours}/preview.yml`;
  const comment = `${ours}/preview-comment.yml`;
  const broken: [what: string, file: string, from: string | RegExp, to: string, says: RegExp][] = [
    ["a tag instead of a digest", preview, /checkout@[0-9a-f]{40} # v/, "checkout@v7 # v", /checkout@v7: not pinned/],
    ["half a digest", preview, /(checkout@[0-9a-f]{20})[0-9a-f]{20}/, "$1", /not pinned/],
    ["no version beside the digest", preview, / # v7\.0\.1/, "", /does not say its version/],
    ["a container by a tag", preview, /uses: actions\/cache@\S+ # \S+/, "uses: docker://alpine:3", /not pinned/],
    ["permissions at the top", preview, "permissions: {}", "permissions: read-all", /must be \{\} at the top/],
    ["no permissions at the top", preview, "permissions: {}\n", "", /must be \{\} at the top/],
    [
      "a job without permissions of its own",
      preview,
      /\n {4}permissions:\n {6}contents: read\n {4}outputs/,
      "\n    outputs",
      /preview: permissions: must/,
    ],
    [
      "a job that may do everything",
      preview,
      "permissions:\n      contents: read",
      "permissions: write-all",
      /must be listed/,
    ],
    ["the wrong job writes", preview, "contents: read", "contents: write", /preview: may write contents/],
    [
      "comments where others' code runs",
      preview,
      "security-events: write",
      "pull-requests: write",
      /where others' code runs/,
    ],
    [
      "comments where others' code runs too",
      comment,
      "on:\n",
      "on:\n  pull_request:\n",
      /may write pull-requests where others' code runs/,
    ],
    [
      "the trigger that hands over the token",
      preview,
      "  pull_request:",
      "  pull_request_target:",
      /pull_request_target/,
    ],
    [
      "an expression in a script",
      preview,
      "make preview BASE=HEAD^1",
      `make preview BASE=\${{ github.event.pull_request.base.ref }}`,
      /an expression in a script/,
    ],
    ["a secret", preview, "pulumi-version: 3.259.0", `cloud-url: \${{ secrets.BACKEND }}`, /names a secret/],
    ["no time-out", preview, "timeout-minutes: 30", "", /preview: timeout-minutes/],
    ["a time-out of six hours", preview, "timeout-minutes: 30", "timeout-minutes: 360", /preview: timeout-minutes/],
    ["no concurrency", preview, /concurrency:\n(.*\n){2}/, "", /concurrency/],
    ["another shell", preview, "shell: bash", "shell: sh", /must be bash/],
    ["a token left on disk", preview, "persist-credentials: false", "persist-credentials: true", /leaves its token/],
    ["a token left on disk by default", preview, /\n *persist-credentials: false/, "", /leaves its token/],
    [
      "the pull request's code with our token",
      comment,
      "github.workflow_sha",
      "github.event.workflow_run.head_sha",
      /checks out more than our scripts/,
    ],
    [
      "another repository's code with our token",
      comment,
      "persist-credentials: false",
      `persist-credentials: false\n          repository: somebody/else`,
      /checks out more than our scripts/,
    ],
    ["all code with our token", comment, /\n *sparse-checkout: .*/, "", /checks out more than our scripts/],
    [
      "more than our scripts with our token",
      comment,
      "run: node .github/scripts/comment.mjs",
      "run: npm ci && node .github/scripts/comment.mjs",
      /runs more than our scripts/,
    ],
  ];
  for (const [what, file, from, to, says] of broken)
    test(`notices ${what}`, () => {
      const text = read(file);
      const bad = text.replace(from, to);
      assert.notEqual(bad, text, "nothing was broken");
      assert.match(faults(bad, SETTINGS[file]).join("\n"), says);
    });
});

interface Step {
  name?: string;
  uses?: string;
  run?: string;
  with?: Record<string, string>;
}

describe("collecting the report", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "zero-trust-openclaw-workflow-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs the step as a runner does. */
  async function collect(file: string): Promise<void> {
    const { jobs } = parse(read(file)) as { jobs: { preview: { steps: Step[] } } };
    const script = jobs.preview.steps.find(({ name }) => name === "Collect the report")?.run ?? "exit 9";
    const { code, stderr } = await attempt("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], {
      cwd: folder,
      env: {
        NUMBER: "7",
        TEMPORARY: join(folder, "temporary"),
        GITHUB_STEP_SUMMARY: join(folder, "summary"),
        GITHUB_OUTPUT: join(folder, "output"),
      },
    });
    assert.equal(code, 0, stderr);
  }
  const left = (...path: string[]) => {
    const file = join(folder, ...path);
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  };
  const hostile = "$(touch hacked)\n::error::x\n";

  test("hands it on as it is, and shows it in the run", async () => {
    const review = join(folder, ".state", "review");
    mkdirSync(review, { recursive: true });
    for (const name of ["comment.md", "review.json", "review.sarif"]) writeFileSync(join(review, name), hostile);
    await collect(`${ours}/preview.yml`);
    assert.equal(left("temporary", "comment", "pull-request.txt"), "7\n");
    assert.equal(left("temporary", "comment", "comment.md"), hostile);
    assert.equal(left("temporary", "review", "review.sarif"), hostile);
    assert.equal(left("temporary", "review", "review.json"), hostile);
    assert.equal(left("summary"), hostile);
    assert.equal(left("output"), "sarif=true\n");
    assert.ok(!existsSync(join(folder, "hacked")));
  });

  test("goes well when a preview failed before it had one", async () => {
    await collect(`${ours}/preview.yml`);
    assert.deepEqual(readdirSync(join(folder, "temporary", "comment")), ["pull-request.txt"]);
    assert.deepEqual(readdirSync(join(folder, "temporary", "review")), []);
    assert.equal(left("output"), undefined);
  });

  test("does the same at companies", async () => {
    mkdirSync(join(folder, "review"));
    // The shell makes the file before the command that fails to fill it.
    writeFileSync(join(folder, "review", "comment.md"), "");
    await collect(`${copied}/github-preview.yml`);
    assert.deepEqual(readdirSync(join(folder, "review")), ["pull-request.txt"]);
    writeFileSync(join(folder, "review", "comment.md"), hostile);
    await collect(`${copied}/github-preview.yml`);
    assert.equal(left("review", "comment.md"), hostile);
    assert.equal(left("summary"), hostile);
  });
});

describe("what workflows say twice", () => {
  const steps = files.flatMap((file) =>
    Object.values((parse(read(file)) as { jobs: Record<string, { steps: Step[] }> }).jobs).flatMap((job) => job.steps),
  );
  const inputs = (action: string, input: string) =>
    steps.filter(({ uses }) => uses?.startsWith(`${action}@`)).map((step) => step.with?.[input]);

  test("an action is the same everywhere", () => {
    const used = new Set(steps.flatMap(({ uses }) => uses ?? []));
    assert.equal(used.size, new Set([...used].map((name) => name.split("@")[0])).size);
  });

  test("Pulumi is the one the test bed downloads", () => {
    assert.deepEqual(new Set(inputs("pulumi/actions", "pulumi-version")), new Set([pulumiVersion]));
    assert.ok(read(`${copied}/gitlab/preview.gitlab-ci.yml`).includes(`pulumi-nodejs:${pulumiVersion}\n`));
  });

  test("Go is as new as each of our modules wants it", async () => {
    const { stdout } = await attempt("git", ["ls-files", "*go.mod"], { cwd: repository });
    const minor = (version: string) => Number(/^1\.(\d+)/.exec(version)?.[1] ?? Number.NaN);
    const wanted = stdout
      .trim()
      .split("\n")
      .map((file) => minor(/^go (\S+)/m.exec(read(file))?.[1] ?? ""));
    for (const version of inputs("actions/setup-go", "go-version"))
      assert.ok(minor(version ?? "") >= Math.max(...wanted), `${version} is older than 1.${Math.max(...wanted)}`);
  });

  test("the comment is made of what previews upload, also those of companies", () => {
    const name = /NAME = "([\w-]+)"/.exec(read(".github/scripts/find-report.mjs"))?.[1];
    const started = (parse(read(`${ours}/preview-comment.yml`)) as { on: { workflow_run: { workflows: string[] } } })
      .on;
    for (const file of [`${ours}/preview.yml`, `${copied}/github-preview.yml`]) {
      assert.deepEqual([(parse(read(file)) as { name: string }).name], started.workflow_run.workflows);
      assert.match(read(file), new RegExp(`name: ${name}\n`));
      for (const part of ["pull-request.txt", "comment.md"]) assert.ok(read(file).includes(part), `${file}: ${part}`);
    }
  });

  test("GitLab runs the commands that GitHub runs", () => {
    const { preview } = parse(read(`${copied}/gitlab/preview.gitlab-ci.yml`)) as {
      preview: { script: string[]; timeout: string; rules: { if: string }[] };
    };
    const commands = (lines: string[]) => lines.map((line) => line.trim().replace(/ *>.*/, "")).filter(Boolean);
    const github = commands(steps.flatMap(({ run }) => run?.split("\n") ?? []));
    for (const command of commands(preview.script)) assert.ok(github.includes(command), command);
    assert.match(preview.rules[0]?.if ?? "", /merge_request_event/);
  });

  test("docs/ci.md says what each job may do, and nothing else", () => {
    const said = [...read("docs/ci.md").matchAll(/^\| `([\w-]+\.yml)` \| `([\w-]+)` \| (.+?) \|/gm)].map(
      ([, file, job, permissions]) => `${file} ${job}: ${permissions?.replaceAll("`", "")}`,
    );
    const actual = readdirSync(join(repository, ours)).flatMap((file) => {
      const { jobs } = parse(read(`${ours}/${file}`)) as { jobs: Record<string, { permissions: object }> };
      return Object.entries(jobs).map(([job, { permissions }]) => {
        const all = Object.entries(permissions).map(([what, access]) => `${what}: ${access}`);
        return `${file} ${job}: ${all.join(", ")}`;
      });
    });
    assert.deepEqual(said.toSorted(), actual.toSorted());
  });

  test("the goals of make and the scripts they name are there", () => {
    const goals = new Set(read("Makefile").match(/^[a-z-]+(?=:)/gm));
    const scripts = (JSON.parse(read("package.json")) as { scripts: Record<string, string> }).scripts;
    const all = steps.flatMap(({ run }) => run?.split("\n") ?? []).join("\n");
    const made = [...all.matchAll(/\bmake ([a-z-]+)/g)].map(([, goal]) => goal as string);
    assert.deepEqual(new Set(made), new Set(["test", "test-unit", "preview"]));
    for (const goal of made) assert.ok(goals.has(goal), goal);
    for (const [, name] of all.matchAll(/\bnpm run ([\w:-]+)/g)) assert.ok(name && name in scripts, name);
    for (const [, path] of all.matchAll(/\bnode (\S+)/g)) assert.ok(existsSync(join(repository, path ?? "")), path);
  });
});
