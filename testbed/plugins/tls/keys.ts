/** Private keys: making, writing and reading them. */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, webcrypto } from "node:crypto";
import { promisify } from "node:util";

const generate = promisify(generateKeyPair);

/** As the official plugin names them, and as OpenSSL does. */
const CURVES: Readonly<Record<string, string>> = {
  P224: "secp224r1",
  P256: "prime256v1",
  P384: "secp384r1",
  P521: "secp521r1",
};

export const CURVE_NAMES = Object.keys(CURVES);
export const ALGORITHM_NAMES = ["ECDSA", "ED25519", "RSA"];

export async function generateKey(algorithm: string, curve: string, rsaBits: number): Promise<KeyObject> {
  switch (algorithm) {
    case "ECDSA":
      return (await generate("ec", { namedCurve: CURVES[curve] ?? curve })).privateKey;
    case "ED25519":
      return (await generate("ed25519")).privateKey;
    default:
      return (await generate("rsa", { modulusLength: rsaBits })).privateKey;
  }
}

/** In the traditional format of its kind: `EC PRIVATE KEY`, `RSA PRIVATE KEY`; Ed25519 has none and is PKCS #8. */
export function traditionalPem(key: KeyObject): string {
  const types = { ec: "sec1", rsa: "pkcs1" } as const;
  const type = types[key.asymmetricKeyType as keyof typeof types] ?? "pkcs8";
  return key.export({ format: "pem", type }) as string;
}

/**
 * @param what - names the key in the error, which never repeats any of it
 * @throws when it is no private key
 */
export function parseKey(pem: string, what: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Error(`${what} is not a private key in PEM format`);
  }
}

/** `ECDSA`, `ED25519` or `RSA`. */
export function algorithmName(key: KeyObject): string {
  return key.asymmetricKeyType === "ec" ? "ECDSA" : (key.asymmetricKeyType ?? "").toUpperCase();
}

/** How WebCrypto signs with keys of this kind. The hash fits the size of the curve. */
function signingAlgorithm(key: KeyObject): { name: string; namedCurve?: string; hash?: string } {
  if (key.asymmetricKeyType === "ed25519") return { name: "Ed25519" };
  if (key.asymmetricKeyType === "rsa") return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  switch (key.asymmetricKeyDetails?.namedCurve) {
    case "prime256v1":
      return { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
    case "secp384r1":
      return { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" };
    case "secp521r1":
      return { name: "ECDSA", namedCurve: "P-521", hash: "SHA-512" };
    default:
      throw new Error(
        "this stand-in signs with P256, P384, P521, ED25519 and RSA keys only; use the official plugin for others",
      );
  }
}

export interface SigningKey {
  readonly privateKey: webcrypto.CryptoKey;
  readonly publicKey: webcrypto.CryptoKey;
  readonly algorithm: { name: string; hash?: string };
}

/** The key as the certificate library wants it. */
export async function signingKey(key: KeyObject): Promise<SigningKey> {
  const algorithm = signingAlgorithm(key);
  const [pkcs8, spki] = [key.export({ format: "der", type: "pkcs8" }), publicDer(key)];
  return {
    privateKey: await webcrypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]),
    publicKey: await webcrypto.subtle.importKey("spki", spki, algorithm, true, ["verify"]),
    algorithm,
  };
}

/** The public half, as certificates carry it. */
export function publicDer(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: "der", type: "spki" });
}
