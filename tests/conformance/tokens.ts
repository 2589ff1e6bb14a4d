import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { ask, openBrowser } from "../../testbed/client/http";
import type { Deployment } from "./context";

type Claims = Record<string, unknown>;

export interface Minting {
  /** Over the usual claims; `undefined` leaves one out. */
  claims?: Claims;
  /** Over the usual header. */
  header?: Claims;
  /** @default - the identity provider's own */
  key?: KeyObject;
  /** Signs the text otherwise than with ES256. */
  signature?: (text: string) => Buffer;
}

/** Tokens of a deployment's identity provider. Everything but its key is learned as a stranger would. */
export class Tokens {
  private constructor(
    private readonly issuer: string,
    private readonly audience: string,
    private readonly kid: string,
    private readonly key: KeyObject,
  ) {}

  static async of({ origin, roots, secrets }: Deployment): Promise<Tokens> {
    const browser = openBrowser(origin, roots);
    const { headers } = await ask(browser, "/");
    const login = new URL(`${headers.location}`);
    const issuer = `${login.origin}${login.pathname.replace(/\/[^/]*$/, "")}`;
    const keys = JSON.parse((await ask(browser, `${issuer}/jwks`)).body) as { keys: { kid: string }[] };
    const kid = keys.keys[0]?.kid;
    const audience = login.searchParams.get("client_id");
    if (!kid || !audience) throw new Error("the identity provider shows no key, or the login no client");
    return new Tokens(issuer, audience, kid, createPrivateKey(secrets.signingKey));
  }

  /** A token that is good, but for what is said otherwise. */
  mint({ claims = {}, header = {}, key = this.key, signature }: Minting = {}): string {
    const now = Math.floor(Date.now() / 1000);
    const usual = {
      iss: this.issuer,
      aud: this.audience,
      sub: "somebody",
      email: "carol@example.com",
      email_verified: true,
      groups: ["openclaw-viewers"],
      amr: ["pwd"],
      iat: now,
      exp: now + 300,
    };
    const parts = [
      { alg: "ES256", typ: "JWT", kid: this.kid, ...header },
      { ...usual, ...claims },
    ];
    const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    const signed = signature?.(text) ?? sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });
    return `${text}.${signed.toString("base64url")}`;
  }

  /** Signed with the public key as if it were a shared secret: a verifier that lets the token choose the algorithm believes it. */
  confused(claims: Claims): string {
    const publicKey = createPublicKey(this.key).export({ type: "spki", format: "pem" });
    const signature = (text: string) => createHmac("sha256", publicKey).update(text).digest();
    return this.mint({ claims, header: { alg: "HS256" }, signature });
  }
}

/** A key that is not the identity provider's. */
export function foreignKey(): KeyObject {
  return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
}
