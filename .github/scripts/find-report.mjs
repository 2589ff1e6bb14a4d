/** Finds the artifact with the report of a preview, and hands on its number unless it is too large to be one. */
import { appendFileSync } from "node:fs";
import { finishedRun } from "./event.mjs";
import { request } from "./github.mjs";
import { main } from "./main.mjs";

const NAME = "review-comment";
/** Packed; what comes out of it is measured again by who reads it. */
const LIMIT = 256 * 1024;

main(async () => {
  const { id } = finishedRun();
  const { artifacts } = await request("GET", `/actions/runs/${id}/artifacts?name=${NAME}&per_page=100`);
  const newest = artifacts
    .filter(({ name, expired }) => name === NAME && !expired)
    .reduce((best, one) => (best === undefined || one.id > best.id ? one : best), undefined);
  if (newest === undefined) {
    console.log("The preview left no report.");
    return;
  }
  if (newest.size_in_bytes > LIMIT)
    throw new Error(`The report has ${newest.size_in_bytes} bytes packed, and ${LIMIT} are allowed.`);
  appendFileSync(process.env.GITHUB_OUTPUT ?? "", `artifact=${newest.id}\n`);
});
