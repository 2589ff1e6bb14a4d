import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { repository } from "../../testbed/paths";
import { attempt } from "../../testbed/process";
import { bot, FakeGitHub, token } from "./support/fake-github";

const head = "a".repeat(40);
const fork = { id: 77 };
const run = {
  id: 5,
  event: "pull_request",
  head_sha: head,
  head_branch: "feature",
  head_repository: fork,
  html_url: "https://example.com/runs/5",
};
const MARKER = "<!-- zero-trust-openclaw: review of this pull request -->";

let github: FakeGitHub;
let folder: string;
beforeEach(async () => {
  github = new FakeGitHub();
  github.pullRequests.push({ number: 7, state: "open", head: { sha: head, ref: "feature", repo: fork } });
  await github.start();
  folder = mkdtempSync(join(tmpdir(), "zero-trust-openclaw-comment-"));
  mkdirSync(join(folder, "report"));
});
afterEach(() => {
  github.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a script as the workflow does. */
async function script(name: string, event: object = run) {
  writeFileSync(join(folder, "event.json"), JSON.stringify({ workflow_run: event }));
  return attempt(process.execPath, [join(repository, ".github", "scripts", `${name}.mjs`)], {
    cwd: folder,
    env: {
      ...github.environment,
      NODE_OPTIONS: undefined,
      GITHUB_EVENT_PATH: join(folder, "event.json"),
      GITHUB_OUTPUT: join(folder, "output"),
      REPORT: join(folder, "report"),
    },
  });
}

function leave(markdown: string | Buffer, number = "7"): void {
  writeFileSync(join(folder, "report", "comment.md"), markdown);
  writeFileSync(join(folder, "report", "pull-request.txt"), `${number}\n`);
}

/** Comments on the report, which must go well. */
async function comment(markdown: string): Promise<string> {
  leave(markdown);
  const { code, stdout } = await script("comment");
  assert.equal(code, 0, stdout);
  return stdout;
}

async function refused(says: RegExp, event: object = run): Promise<void> {
  const { code, stdout } = await script("comment", event);
  assert.equal(code, 1, stdout);
  assert.match(stdout, /^::error::/);
  assert.match(stdout, says);
  assert.deepEqual(github.changes, []);
}

async function nothing(says: RegExp): Promise<void> {
  const { code, stdout } = await script("comment");
  assert.equal(code, 0, stdout);
  assert.match(stdout, says);
  assert.deepEqual(github.changes, []);
}

describe("the comment", () => {
  test("is made once, then written anew", async () => {
    await comment("edge may now reach the database");
    await comment("nothing changes");
    assert.deepEqual(github.changes, ["POST /issues/7/comments", "PATCH /issues/comments/1000"]);
    assert.equal(github.comments.length, 1);
    const body = github.comments[0]?.body ?? "";
    assert.ok(body.startsWith(MARKER));
    assert.ok(body.includes("nothing changes") && !body.includes("database"));
  });

  test("says first of which commit it is, whatever the report leaves open", async () => {
    await comment("<!-- <details> ```");
    const body = github.comments[0]?.body ?? "";
    assert.ok(body.indexOf(head) < body.indexOf("<details>"));
    assert.ok(body.includes(run.html_url));
  });

  test("is found behind many others", async () => {
    for (let id = 1; id <= 250; id += 1) github.comments.push({ id, user: { login: "eve", type: "User" }, body: "+1" });
    github.comments.push({ id: 300, user: bot, body: `${MARKER}\nof before` });
    await comment("of now");
    assert.deepEqual(github.changes, ["PATCH /issues/comments/300"]);
    assert.equal(github.asked.filter((path) => path.startsWith("/issues/7/comments?")).length, 3);
  });

  test("is found when pages are full to the last", async () => {
    for (let id = 1; id <= 99; id += 1) github.comments.push({ id, user: bot, body: "of another workflow" });
    await comment("one");
    await comment("two");
    assert.deepEqual(github.changes, ["POST /issues/7/comments", "PATCH /issues/comments/1099"]);
  });

  test("is not somebody else's with our marker, nor ours that only quotes it", async () => {
    github.comments.push({ id: 1, user: { login: "eve", type: "User" }, body: `${MARKER}\nmine` });
    github.comments.push({ id: 2, user: { login: "github-actions[bot]", type: "User" }, body: `${MARKER}\nmine` });
    github.comments.push({ id: 3, user: { login: "other[bot]", type: "Bot" }, body: `${MARKER}\nmine` });
    github.comments.push({ id: 4, user: bot, body: `> ${MARKER}` });
    await comment("the report");
    assert.deepEqual(github.changes, ["POST /issues/7/comments"]);
  });

  test("ends looking when there is no end of comments", async () => {
    for (let id = 1; id <= 5001; id += 1) github.comments.push({ id, user: bot, body: "noise" });
    leave("x");
    await refused(/more than 5000 entries/);
  });
});

describe("whose report it is", () => {
  test("another pull request's is refused", async () => {
    github.pullRequests.push({
      number: 8,
      state: "open",
      head: { sha: "b".repeat(40), ref: "other", repo: { id: 1 } },
    });
    leave("looks good", "8");
    await refused(/not of that one/);
  });
  test("another repository's with a branch of the same name and commit is refused", async () => {
    github.pullRequests.push({ number: 8, state: "open", head: { sha: head, ref: "feature", repo: { id: 1 } } });
    leave("looks good", "8");
    await refused(/not of that one/);
  });
  test("another branch's at the same commit is refused", async () => {
    github.pullRequests.push({ number: 8, state: "open", head: { sha: head, ref: "other", repo: fork } });
    leave("looks good", "8");
    await refused(/not of that one/);
  });
  test("one without a pull request is refused", async () => {
    leave("looks good", "9");
    await refused(/no pull request 9/);
  });
  test("one from a repository that is gone is refused, also where neither is known", async () => {
    github.pullRequests.push({ number: 8, state: "open", head: { sha: head, ref: "feature", repo: null } });
    leave("looks good", "8");
    await refused(/is gone/, { ...run, head_repository: null });
  });
  test("a run that no pull request started is refused", async () => {
    leave("looks good");
    await refused(/pull request started/, { ...run, event: "push" });
  });
  test("an older commit's is not shown", async () => {
    (github.pullRequests[0] as { head: { sha: string } }).head.sha = "c".repeat(40);
    leave("looks good");
    await nothing(/another commit by now/);
  });
  test("a closed pull request's is not shown", async () => {
    (github.pullRequests[0] as { state: string }).state = "closed";
    leave("looks good");
    await nothing(/closed/);
  });
  for (const number of ["", "7; touch hacked", "../7", "7/../8", "-7", "0", "07", "7\n8", "99999999999"])
    test(`${JSON.stringify(number)} is no number`, async () => {
      leave("looks good", number);
      await refused(/no number/);
      assert.deepEqual(github.asked, []);
    });
});

describe("a hostile report", () => {
  test("of too much is refused", async () => {
    leave("x".repeat(60_001));
    await refused(/60001 bytes, and 60000 are allowed/);
    leave("x".repeat(60_000));
    assert.equal((await script("comment")).code, 0);
  });
  test("that grows over what GitHub takes is refused", async () => {
    leave("@a".repeat(1).concat(" @a".repeat(19_999)));
    await refused(/65536 are allowed/);
  });
  for (const [what, bytes] of [
    ["bytes that are no text", Buffer.from([0x45, 0x4c, 0x46, 0xff, 0xfe])],
    ["a zero byte", Buffer.from("a\0b")],
    ["a terminal's command", Buffer.from("\u001b[2J")],
    ["text turned round", Buffer.from("safe \u202e efas")],
  ] as const)
    test(`with ${what} is refused`, async () => {
      leave(bytes);
      await refused(/not text|cannot be seen/);
    });
  test("that is a link to another file is refused", async () => {
    writeFileSync(join(folder, "secret"), "of the runner");
    symlinkSync(join(folder, "secret"), join(folder, "report", "comment.md"));
    await refused(/not a file/);
  });
  test("that is a folder is refused", async () => {
    mkdirSync(join(folder, "report", "comment.md"));
    await refused(/not a file/);
  });
  test("runs in no shell and gives the runner no command", async () => {
    const hostile = [
      "$(touch hacked) `touch hacked`; touch hacked #",
      "::set-output name=x::y",
      "::error::hello",
      '"; process.exit(3); //',
      "$" + "{{ github.token }}",
    ].join("\n");
    const said = await comment(hostile);
    assert.ok(!existsSync(join(folder, "hacked")));
    assert.ok(!said.includes("::"));
    assert.ok(github.comments[0]?.body.endsWith(hostile));
  });
  test("calls nobody", async () => {
    await comment("@alice _@bob é@carol &#64;dave &#x40;erin &commat;frank image@sha256:0 `@grace");
    const body = github.comments[0]?.body ?? "";
    assert.doesNotMatch(body, /(^|[^A-Za-z0-9])@[A-Za-z0-9]/m);
    assert.doesNotMatch(body, /&#|&commat/);
    assert.ok(body.includes("image@sha256:0"));
  });
  test("that is not there is not missed", async () => {
    writeFileSync(join(folder, "report", "pull-request.txt"), "7\n");
    await nothing(/before it had something to report/);
  });
});

describe("GitHub's refusal", () => {
  test("is told without its text or the token", async () => {
    leave("the report");
    const before = github.environment;
    Object.defineProperty(github, "environment", { value: { ...before, GITHUB_TOKEN: "another" } });
    const { code, stdout, stderr } = await script("comment");
    assert.equal(code, 1);
    assert.equal(stdout.trim(), "::error::GET /pulls/7: GitHub answered 401");
    assert.ok(!`${stdout}${stderr}`.includes("another") && !`${stdout}${stderr}`.includes(token));
  });
});

describe("finding the report", () => {
  const artifact = { id: 40, name: "review-comment", expired: false, size_in_bytes: 900 };
  const output = () => (existsSync(join(folder, "output")) ? readFileSync(join(folder, "output"), "utf8") : "");

  test("takes the newest of that name which is still there", async () => {
    github.artifacts.push(
      artifact,
      { ...artifact, id: 42 },
      { ...artifact, id: 41 },
      { ...artifact, id: 50, name: "review" },
      { ...artifact, id: 51, expired: true },
    );
    assert.equal((await script("find-report")).code, 0);
    assert.equal(output(), "artifact=42\n");
    assert.match(github.asked[0] ?? "", /^\/actions\/runs\/5\/artifacts\?/);
  });
  test("hands on none that is too large", async () => {
    github.artifacts.push({ ...artifact, size_in_bytes: 256 * 1024 + 1 });
    const { code, stdout } = await script("find-report");
    assert.equal(code, 1);
    assert.match(stdout, /^::error::The report has 262145 bytes packed/);
    assert.equal(output(), "");
  });
  test("does without one", async () => {
    const { code, stdout } = await script("find-report");
    assert.equal(code, 0);
    assert.match(stdout, /left no report/);
    assert.equal(output(), "");
  });
});
