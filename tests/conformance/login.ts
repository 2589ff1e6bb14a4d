import { type Answer, ask, type Browser } from "../../testbed/client/http";
import { oneTimeCode, type User } from "../../testbed/client/sign-in";

const CALLBACK = "/oauth2/callback";
const MAX_STEPS = 20;

/** What a browser is told on the way to a session, step by step. */
export interface Walk {
  browser: Browser;
  answers: Answer[];
  /** Where the identity provider sends the browser in the end. */
  callback: string;
}

/** The edge wants us to be slower. */
export class TooFast extends Error {}

/** Signs in up to the point where the identity provider sends the browser back, and does not go there. */
export async function walkToCallback(browser: Browser, user: User, from = "/new"): Promise<Omit<Walk, "browser">> {
  const answers: Answer[] = [];
  let answer = await ask(browser, from);
  for (let i = 0; i < MAX_STEPS; i++) {
    answers.push(answer);
    if (answer.status >= 301 && answer.status <= 303) {
      const next = new URL(`${answer.headers.location}`, answer.url);
      if (next.pathname === CALLBACK) return { answers, callback: next.href };
      answer = await ask(browser, next.href);
    } else if (answer.body.includes('name="password"')) {
      answer = await ask(browser, answer.url, form(browser, user));
    } else break;
  }
  if (answer.status === 429) throw new TooFast();
  throw new Error(`the way to a session ended with ${answer.status}`);
}

function form(browser: Browser, { email, password, totp }: User) {
  const fields = { email, password, ...(totp ? { code: oneTimeCode(totp) } : {}) };
  return {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", origin: browser.origin },
    body: new URLSearchParams(fields).toString(),
  };
}
