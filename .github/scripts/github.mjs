const PAGE = 100;
/** More than anybody's pull request has; whoever makes more must not keep us busy. */
const PAGES = 50;

/** GitHub's answer was not the one that was hoped for. */
export class Refused extends Error {
  /** @param {string} message @param {number} status */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/**
 * Asks GitHub's API about this repository.
 *
 * @param {string} method
 * @param {string} path - below the repository, such as `/pulls/7`
 * @param {unknown} [body]
 * @throws {Refused} when the answer is not a success; its text stays out of the message, since it may repeat what strangers wrote
 */
export async function request(method, path, body) {
  const { GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_TOKEN } = process.env;
  const answer = await fetch(`${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}${path}`, {
    method,
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${GITHUB_TOKEN}`,
      "x-github-api-version": "2022-11-28",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    // The token is for this host.
    redirect: "error",
    signal: AbortSignal.timeout(30_000),
  });
  if (!answer.ok) throw new Refused(`${method} ${path}: GitHub answered ${answer.status}`, answer.status);
  return answer.json();
}

/**
 * Everything of a list that comes in pages.
 *
 * @param {string} path
 * @returns {AsyncGenerator<any>}
 */
export async function* all(path) {
  for (let page = 1; page <= PAGES; page += 1) {
    const items = await request("GET", `${path}?per_page=${PAGE}&page=${page}`);
    yield* items;
    if (items.length < PAGE) return;
  }
  throw new Error(`${path} has more than ${PAGES * PAGE} entries.`);
}
