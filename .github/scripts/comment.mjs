/** Shows the report of a preview on its pull request, in one comment that later previews write anew. */
import { finishedRun } from "./event.mjs";
import { all, Refused, request } from "./github.mjs";
import { main } from "./main.mjs";
import { readReport } from "./report.mjs";

/** Cannot be seen in the comment; by it and by its author the comment is found again. */
const MARKER = "<!-- zero-trust-openclaw: review of this pull request -->";
/** Whose token this runs with. Anybody can write the marker; a comment of somebody else's is never touched. */
const AUTHOR = "github-actions[bot]";
const LIMIT = 65_536;

main(async () => {
  const run = finishedRun();
  const report = readReport(process.env.REPORT ?? "");
  if (report === undefined) {
    console.log("The preview failed before it had something to report.");
    return;
  }
  const why = await unfit(report.number, run);
  if (why !== undefined) {
    console.log(`No comment: ${why}.`);
    return;
  }
  const body = compose(report.markdown, run);
  const before = await ours(report.number);
  if (before === undefined) await request("POST", `/issues/${report.number}/comments`, { body });
  else await request("PATCH", `/issues/comments/${before}`, { body });
  console.log(`${before === undefined ? "Commented" : "Updated the comment"} on pull request ${report.number}.`);
});

/**
 * Why the pull request that the report names shall not have it now. The number is the report's own word; that the run was of this pull request, at this
 * commit, is GitHub's.
 */
async function unfit(number, run) {
  const { state, head } = await request("GET", `/pulls/${number}`).catch((error) => {
    if (error instanceof Refused && error.status === 404) throw new Error(`There is no pull request ${number}.`);
    throw error;
  });
  if (head.repo?.id !== run.head_repository?.id || head.ref !== run.head_branch)
    throw new Error(`The report names pull request ${number}, and the preview was not of that one.`);
  if (head.sha !== run.head_sha) return "the pull request has another commit by now";
  if (state !== "open") return "the pull request is closed";
  return undefined;
}

/** Where it comes from stands first: what follows may leave anything open, and then nothing after it would be seen. */
function compose(markdown, run) {
  const source = `_What commit ${run.head_sha} says of itself; [the run](${run.html_url}) has the whole._`;
  const body = [MARKER, source, "", withoutMentions(markdown)].join("\n");
  if (body.length > LIMIT) throw new Error(`The comment has ${body.length} characters, and ${LIMIT} are allowed.`);
  return body;
}

/** Nobody is called by a report. An @ within a word, as before the digest of an image, calls nobody. */
const withoutMentions = (text) =>
  text.replace(/&(#0*64|#x0*40|commat);/gi, "@").replace(/(?<![A-Za-z0-9])@(?=[A-Za-z0-9])/g, "@\u200b");

async function ours(number) {
  for await (const { id, user, body } of all(`/issues/${number}/comments`))
    if (user?.type === "Bot" && user.login === AUTHOR && body?.startsWith(MARKER)) return id;
  return undefined;
}
