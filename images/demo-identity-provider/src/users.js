import { createHash, timingSafeEqual } from "node:crypto";
import { Attempts } from "./attempts.js";
import { TotpVerifier } from "./totp.js";

const digest = (text) => createHash("sha256").update(text).digest();
const nobody = { password: "" };

/** The made-up users, and the only place where their passwords and one-time codes are looked at. */
export class Users {
  #byEmail;
  #bySubject;
  #attempts = new Attempts();
  #codes = new TotpVerifier();

  constructor(users) {
    const withSubject = users.map((user) => ({ ...user, sub: subjectOf(user.email) }));
    this.#byEmail = new Map(withSubject.map((user) => [user.email, user]));
    this.#bySubject = new Map(withSubject.map((user) => [user.sub, user]));
  }

  withSubject(sub) {
    return this.#bySubject.get(sub);
  }

  /** `{ result: "ok", user, amr }`, `{ result: "wrong", user? }` or `{ result: "locked", user?, wait }`. */
  signIn({ email, password, code }, now = Date.now()) {
    const key = email.trim().toLowerCase();
    const user = this.#byEmail.get(key);
    const account = user ? key : strangersAccount(key);
    const wait = this.#attempts.wait(account, now);
    if (wait > 0) return { result: "locked", user, wait };

    const passwordRight = timingSafeEqual(digest(password), digest((user ?? nobody).password));
    const step = user?.totp ? this.#codes.check(user, code, now) : undefined;
    if (!user || !passwordRight || (user.totp && step === undefined)) {
      this.#attempts.fail(account, now);
      return { result: "wrong", user };
    }
    if (step !== undefined) this.#codes.use(user, step);
    this.#attempts.clear(account);
    return { result: "ok", user, amr: user.totp ? ["pwd", "otp", "mfa"] : ["pwd"] };
  }
}

/** Stable, and says nothing about the person. */
function subjectOf(email) {
  return digest(`demo-identity-provider:${email}`).toString("hex").slice(0, 32);
}

/** Unknown addresses are counted too, or a 429 would tell which accounts exist; in 65,536 buckets, so memory is bounded. */
function strangersAccount(email) {
  return `unknown:${digest(email).toString("hex").slice(0, 4)}`;
}
