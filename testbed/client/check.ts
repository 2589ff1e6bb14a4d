import { openBrowser } from "./http";
import { OpenClawClient } from "./openclaw";
import { describe, signIn, type User } from "./sign-in";

/** Signs in as this user and asks the model something, as a person would. Returns the model's answer. */
export async function chatOnce(url: string, roots: string, user: User): Promise<string> {
  const browser = openBrowser(url, roots);
  const page = await signIn(browser, user);
  if (page.status !== 200) throw new Error(`signing in as ${user.email} ended with ${describe(page)}`);
  const client = await OpenClawClient.connect(browser, ["operator.read", "operator.write"]);
  try {
    const conversation = await client.converse();
    const answer = await client.chat(conversation, "Are you there?");
    await client.archive(conversation);
    return answer;
  } finally {
    client.close();
  }
}
