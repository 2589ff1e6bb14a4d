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
    return await client.chat("Are you there?");
  } finally {
    client.close();
  }
}
