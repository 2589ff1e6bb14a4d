/** Whoever the generators ask as: the deployment's operator, signed in. */
import { readFileSync } from "node:fs";
import type { Outputs } from "../../testbed/after-up";
import { type Browser, openBrowser } from "../../testbed/client/http";
import { describe, signIn, type User } from "../../testbed/client/sign-in";

export function operatorOf({ users }: Outputs): User {
  const user = users.find(({ role }) => role === "operator");
  if (user === undefined) throw new Error("the stack has no operator to sign in as");
  return user;
}

export async function signedIn({ url, trustBundle }: Outputs, user: User): Promise<Browser> {
  const browser = openBrowser(url, readFileSync(trustBundle, "utf8"));
  const page = await signIn(browser, user);
  if (page.status !== 200) throw new Error(`signing in as ${user.email} ended with ${describe(page)}`);
  return browser;
}

export function cookies({ cookies, origin }: Browser): string {
  return cookies.getCookieStringSync(origin);
}
