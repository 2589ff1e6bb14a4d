import { openBrowser } from "./http";
import { OpenClawClient } from "./openclaw";
import { describe, signIn, type User } from "./sign-in";

/** When a guard was replaced, OpenClaw closes every connection once it believes the old one no more; browsers connect again. */
const CONNECTIONS = 3;

/** Signs in as this user and asks the model something, as a person would. Returns the model's answer. */
export async function chatOnce(url: string, roots: string, user: User): Promise<string> {
  const browser = openBrowser(url, roots);
  const page = await signIn(browser, user);
  if (page.status !== 200) throw new Error(`signing in as ${user.email} ended with ${describe(page)}`);
  for (let left = CONNECTIONS; left > 0; left--) {
    const client = await OpenClawClient.connect(browser, ["operator.read", "operator.write"]);
    const said = chat(client);
    // The loser's reasons are no news.
    said.catch(() => {});
    const answer = await Promise.race([said, client.closed.then(() => undefined)]);
    if (answer !== undefined) return answer;
  }
  throw new Error(`the connection was closed before an answer came, ${CONNECTIONS} times`);
}

async function chat(client: OpenClawClient): Promise<string> {
  try {
    const conversation = await client.converse();
    const answer = await client.chat(conversation, "Are you there?");
    await client.archive(conversation);
    return answer;
  } finally {
    client.close();
  }
}
