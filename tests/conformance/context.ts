import type { Perimeter } from "../../lib";
import { type Browser, openBrowser } from "../../testbed/client/http";
import { describe, signIn, type User } from "../../testbed/client/sign-in";
import type { ConformanceDriver } from "./driver";
import type { Secrets } from "./secrets";
import { Tokens } from "./tokens";

/** A deployed perimeter under attack. */
export interface Deployment {
  driver: ConformanceDriver;
  perimeter: Perimeter;
  origin: string;
  /** PEM. */
  roots: string;
  users: User[];
  secrets: Secrets;
}

/** A session is used for so long, which is less than a token lives. */
const SESSION_MS = 4 * 60_000;

export class Context {
  private readonly sessions = new Map<string, { since: number; browser: Promise<Browser> }>();
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
    this.sessions.set(role, { since: Date.now(), browser });
    return browser;
  }

  /** A browser with a session of its own, to do with as one likes. */
  async freshlySignedIn(role: string): Promise<Browser> {
    const browser = this.browser();
    const page = await signIn(browser, this.user(role));
    if (page.status !== 200) throw new Error(`signing in as ${role} ended with ${describe(page)}`);
    return browser;
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
