import { createHash, createPrivateKey } from "node:crypto";

const block = /-----BEGIN [A-Z ]+-----[\s\S]*?-----END [A-Z ]+-----/g;

/** The key set for ES256 from EC P-256 private keys (SEC1 or PKCS8) in PEM. The first signs; the others are published only. */
export function signingKeySet(pem) {
  const keys = (pem.match(block) ?? [pem]).map(publishable);
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) throw new Error("has the same key twice");
  return { keys };
}

/** The kid is the RFC 7638 thumbprint. */
function publishable(pem) {
  const jwk = readKey(pem).export({ format: "jwk" });
  const { crv, kty, x, y } = jwk;
  const kid = createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
  return { ...jwk, alg: "ES256", use: "sig", kid };
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
