import { TOTP } from "otpauth";
import { type Answer, type Browser, follow } from "./http";

/** A demo user, as the stack's outputs have it. */
export interface User {
  email: string;
  password: string;
  role: string;
  totp?: string;
}

/** The one-time code of this moment. */
export function oneTimeCode(secret: string): string {
  return new TOTP({ secret }).generate();
}

/** Signs in as a person does: opens the page, is led to the identity provider, fills in its form, is led back. */
export async function signIn(browser: Browser, user: User): Promise<Answer> {
  const form = await follow(browser, "/");
  if (!form.body.includes('name="password"')) throw new Error(`expected a sign-in page, got ${describe(form)}`);
  const fields = { email: user.email, password: user.password, ...(user.totp ? { code: oneTimeCode(user.totp) } : {}) };
  return follow(browser, form.url, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", origin: browser.origin },
    body: new URLSearchParams(fields).toString(),
  });
}

/** An answer in one line, for messages. */
export function describe({ status, url, body }: Answer): string {
  return `${status} from ${url.split("?")[0]}: ${body.replace(/\s+/g, " ").slice(0, 120)}`;
}
