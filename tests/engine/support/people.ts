import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type Browser, openBrowser } from "../../../testbed/client/http";
import { describe, signIn, type User } from "../../../testbed/client/sign-in";
import { ORIGIN, outputs } from "./stack";

/** The people of a deployment that is up, as its outputs name them. */
export class People {
  private constructor(
    readonly roots: string,
    private readonly users: User[],
  ) {}

  static async ofDeployment(): Promise<People> {
    const { trustBundle, users } = await outputs();
    return new People(readFileSync(trustBundle, "utf8"), users);
  }

  withRole(role: string): User {
    const found = this.users.find((one) => one.role === role);
    assert.ok(found, `the outputs have no ${role}`);
    return found;
  }

  stranger(): Browser {
    return openBrowser(ORIGIN, this.roots);
  }

  async signedIn(role: string): Promise<Browser> {
    const browser = this.stranger();
    const page = await signIn(browser, this.withRole(role));
    assert.equal(page.status, 200, describe(page));
    return browser;
  }
}
