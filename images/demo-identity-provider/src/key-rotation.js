import { signingKeySet } from "./signing-key.js";

/** Which keys sign and which are still published, while the file with the keys changes under the running server. */
export class KeyRotation {
  #text;
  #refused;
  #named;
  #retired = [];
  #keep;

  /** `keepSeconds`: how long a key that left the file is published, so that the tokens it signed stay good. */
  constructor(text, keepSeconds) {
    this.#text = text;
    this.#named = signingKeySet(text).keys;
    this.#keep = keepSeconds * 1000;
  }

  get jwks() {
    return { keys: [...this.#named, ...this.#retired.map(({ key }) => key)] };
  }

  /** True if the key set is another one now. Throws, once per content, for a file that is no good; then the old keys go on. */
  update(text, now = Date.now()) {
    const forgotten = this.#forget(now);
    if (text === this.#text || text === this.#refused) return forgotten;
    this.#refused = text;
    const next = signingKeySet(text).keys;
    const kids = new Set(next.map(({ kid }) => kid));
    const left = this.#named.filter(({ kid }) => !kids.has(kid));
    this.#retired = [
      ...this.#retired.filter(({ key }) => !kids.has(key.kid)),
      ...left.map((key) => ({ key, since: now })),
    ];
    this.#named = next;
    this.#text = text;
    this.#refused = undefined;
    return true;
  }

  #forget(now) {
    const before = this.#retired.length;
    this.#retired = this.#retired.filter(({ since }) => now - since < this.#keep);
    return this.#retired.length < before;
  }
}
