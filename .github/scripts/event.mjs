import { readFileSync } from "node:fs";

/**
 * The finished run that started this workflow, as GitHub says: nothing of it comes from the run itself.
 *
 * @returns {{ id: number, event: string, head_sha: string, head_branch: string, head_repository: { id: number }, html_url: string }}
 */
export function finishedRun() {
  const { workflow_run: run } = JSON.parse(readFileSync(process.env.GITHUB_EVENT_PATH ?? "", "utf8"));
  if (run?.event !== "pull_request") throw new Error("This is for runs that a pull request started.");
  if (!run.head_repository) throw new Error("The repository that the pull request comes from is gone.");
  return run;
}
