import assert from "node:assert/strict";
import { type Browser, openBrowser } from "../../../testbed/client/http";
import { describe, signIn } from "../../../testbed/client/sign-in";
import type { Deployed } from "./stack";

/** A browser in which somebody with that role has signed in. */
export async function signedIn(it: Deployed, role: string): Promise<Browser> {
  const browser = openBrowser(it.url, it.roots);
  const user = it.users.find((one) => one.role === role);
  assert.ok(user, `the outputs have no ${role}`);
  const page = await signIn(browser, user);
  assert.equal(page.status, 200, describe(page));
  return browser;
}
