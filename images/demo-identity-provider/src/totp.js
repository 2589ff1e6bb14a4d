import { Secret, TOTP } from "otpauth";

const period = 30;

export function totpOf(secret) {
  return new TOTP({ secret: Secret.fromBase32(secret), algorithm: "SHA1", digits: 6, period });
}

/** Checks codes of RFC 6238, one step early or late, and takes each code once (RFC 6238 §5.2). */
export class TotpVerifier {
  #lastStep = new Map();

  /** The step the code belongs to, or undefined if it is wrong or was used before. */
  check(user, code, now = Date.now()) {
    const token = code.replaceAll(/\s/g, "");
    const delta = totpOf(user.totp).validate({ token, timestamp: now, window: 1 });
    if (delta === null) return undefined;
    const step = Math.floor(now / 1000 / period) + delta;
    return step > (this.#lastStep.get(user.email) ?? 0) ? step : undefined;
  }

  /** From now on this code and every earlier one of the user is refused. */
  use(user, step) {
    this.#lastStep.set(user.email, step);
  }
}
