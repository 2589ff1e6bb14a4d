const window = 5 * 60 * 1000;
const allowed = 10;

/** Counts wrong sign-ins per account: ten in five minutes, then none is looked at until the oldest is forgotten. */
export class Attempts {
  #failures = new Map();

  /** Seconds until the next try is looked at, 0 if it may happen now. */
  wait(account, now = Date.now()) {
    const recent = this.#recent(account, now);
    if (recent.length < allowed) return 0;
    return Math.ceil((recent[recent.length - allowed] + window - now) / 1000);
  }

  fail(account, now = Date.now()) {
    this.#failures.set(account, [...this.#recent(account, now), now]);
  }

  clear(account) {
    this.#failures.delete(account);
  }

  #recent(account, now) {
    return (this.#failures.get(account) ?? []).filter((time) => now - time < window);
  }
}
