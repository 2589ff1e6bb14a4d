import { createHash, createPrivateKey } from "node:crypto";

/** The key set for ES256 from an EC P-256 private key (SEC1 or PKCS8); the kid is the RFC 7638 thumbprint. */
export function signingKeySet(pem) {
  const jwk = readKey(pem).export({ format: "jwk" });
  const { crv, kty, x, y } = jwk;
  const kid = createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
  return { keys: [{ ...jwk, alg: "ES256", use: "sig", kid }] };
}

function readKey(pem) {
  let key;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new Error("is not a private key in PEM");
  }
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") throw new Error("must be an EC P-256 key");
  return key;
}
