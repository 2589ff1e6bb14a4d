import type { Perimeter } from "../../lib";
import { type Browser, follow, openBrowser } from "../../testbed/client/http";
import { describe, type User } from "../../testbed/client/sign-in";
import { sleep } from "../../testbed/sleep";
import type { ConformanceDriver } from "./driver";
import { TooFast, type Walk, walkToCallback } from "./login";
import type { Secrets } from "./secrets";
import { Tokens } from "./tokens";

/** A deployed perimeter under attack. */
export interface Deployment {
  driver: ConformanceDriver;
  perimeter: Perimeter;
  origin: string;
  /** PEM. */
  roots: string;
  users: readonly User[];
  secrets: Secrets;
}

/** The edge lets nobody sign in as fast as a machine can. */
const BETWEEN_SIGN_INS_MS = 500;
const TRIES = 10;

/** A session is used for so long, which is less than a token lives. */
const SESSION_MS = 4 * 60_000;

export class Context {
  private readonly sessions = new Map<string, { since: number; browser: Promise<Browser> }>();
  private lastWalk: Promise<unknown> = Promise.resolve();
  private minter?: Promise<Tokens>;

  constructor(readonly deployment: Deployment) {}

  get driver(): ConformanceDriver {
    return this.deployment.driver;
  }

  user(role: string): User {
    const found = this.deployment.users.find((one) => one.role === role);
    if (found === undefined) throw new Error(`the deployment has no user with the role ${role}`);
    return found;
  }

  /** A browser in which nobody is signed in. */
  browser(): Browser {
    return openBrowser(this.deployment.origin, this.deployment.roots);
  }

  /** A browser in which somebody with this role is signed in; the same for all who ask. */
  signedIn(role: string): Promise<Browser> {
    const known = this.sessions.get(role);
    if (known !== undefined && Date.now() - known.since < SESSION_MS) return known.browser;
    const browser = this.freshlySignedIn(role);
    browser.catch(() => this.sessions.delete(role));
    this.sessions.set(role, { since: Date.now(), browser });
    return browser;
  }

  /** A browser with a session of its own, to do with as one likes. */
  async freshlySignedIn(role: string): Promise<Browser> {
    const { browser, callback } = await this.walk(role);
    const page = await follow(browser, callback);
    if (page.status !== 200) throw new Error(`signing in as ${role} ended with ${describe(page)}`);
    return browser;
  }

  /** A browser that somebody with this role has signed in with, and that was not yet led back by the identity provider. */
  walk(role: string): Promise<Walk> {
    const walk = this.lastWalk.then(async () => {
      for (let i = 1; ; i++) {
        await sleep(BETWEEN_SIGN_INS_MS * i);
        const browser = this.browser();
        try {
          return { browser, ...(await walkToCallback(browser, this.user(role))) };
        } catch (error) {
          if (!(error instanceof TooFast) || i === TRIES) throw error;
        }
      }
    });
    this.lastWalk = walk.catch(() => {});
    return walk;
  }

  /** The session's cookies as a header's value. */
  async cookies(role: string): Promise<string> {
    const browser = await this.signedIn(role);
    return browser.cookies.getCookieString(browser.origin);
  }

  /** Makes tokens as the identity provider would, and as it never would. */
  tokens(): Promise<Tokens> {
    this.minter ??= Tokens.of(this.deployment);
    return this.minter;
  }
}
