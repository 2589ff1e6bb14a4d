import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

/** An intermediate in PEM, with its key and the roots above it. */
export interface Pem {
  certificate: string;
  privateKey: string;
  roots: string;
}

/** What both the issuer signs with and every peer verifies: P-256, P-384 and RSA, as Node names them. */
const KEYS = ["prime256v1", "secp384r1", "rsa"];

/** What to say when key and certificate are not of one another: which of them was given. */
const FOREIGN: Record<string, [string, string]> = {
  existing: ["privateKey", "does not belong to the certificate; give the intermediate's own key"],
  signedIntermediate: ["certificate", "answers another request; have the request of this deployment signed"],
};

/**
 * Returns what was given, with its key as PKCS#8, if it can issue: a CA certificate, its own key, and a way from it to the roots.
 * @throws InputPropertyError saying which of them is wrong; never says a key
 */
export function checkExisting(pem: Pem, path: "existing" | "signedIntermediate"): Pem {
  const chain = certificates(pem.certificate, `${path}.certificate`);
  const roots = certificates(pem.roots, `${path}.roots`);
  const [intermediate] = chain as [X509Certificate];
  const key = privateKey(pem.privateKey, `${path}.privateKey`);
  if (!intermediate.ca)
    refuse(`${path}.certificate`, "is no CA's certificate; give the intermediate itself, not a leaf");
  if (!intermediate.checkPrivateKey(key)) {
    const [part, reason] = FOREIGN[path] as [string, string];
    refuse(`${path}.${part}`, reason);
  }
  const ended = [...chain, ...roots].find(({ validTo }) => Date.parse(validTo) <= Date.now());
  if (ended)
    refuse(
      `${path}.${chain.includes(ended) ? "certificate" : "roots"}`,
      `"${oneLine(ended.subject)}" ended on ${ended.validTo}; give one that is still good`,
    );
  const gap = chain.findIndex((one, i) => i > 0 && !chain[i - 1]?.verify(one.publicKey));
  if (gap > 0) {
    const [below, above] = chain.slice(gap - 1, gap + 1).map(({ subject }) => `"${oneLine(subject)}"`);
    refuse(
      `${path}.certificate`,
      `${above} did not sign ${below} before it; give the intermediate first, then the one above it, and so on`,
    );
  }
  const stranger = roots.find((root) => !root.verify(root.publicKey));
  if (stranger)
    refuse(
      `${path}.roots`,
      `"${oneLine(stranger.subject)}" did not sign itself; give roots only, and intermediates with the certificate`,
    );
  const last = chain.at(-1) as X509Certificate;
  if (!roots.some((root) => last.verify(root.publicKey)))
    refuse(
      `${path}.roots`,
      `none of them signed "${oneLine(last.subject)}"; give the root above it, or what stands between with the certificate`,
    );
  // step-ca reads no file in which parameters of the curve stand before the key, as openssl writes them.
  return { ...pem, privateKey: key.export({ type: "pkcs8", format: "pem" }) as string };
}

/** What keeps PEM from being roots that peers can trust, or `undefined` if nothing does. */
export function rootsProblem(pem: string): string | undefined {
  try {
    const roots = certificates(pem, "roots");
    const other = roots.find((root) => !root.verify(root.publicKey));
    if (other) return `"${oneLine(other.subject)}" did not sign itself; give the root above it`;
    const leaf = roots.find((root) => !root.ca);
    if (leaf) return `"${oneLine(leaf.subject)}" is no CA; give the root that signs`;
    const ended = roots.find(({ validTo }) => Date.parse(validTo) <= Date.now());
    return ended && `"${oneLine(ended.subject)}" ended on ${ended.validTo}; give one that is still good`;
  } catch (error) {
    if (error instanceof pulumi.InputPropertyError) return error.reason;
    throw error;
  }
}

function certificates(pem: string, path: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) refuse(path, "has no certificate; give PEM that begins with -----BEGIN CERTIFICATE-----");
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return refuse(path, "cannot be read; give certificates in PEM, as openssl writes them");
  }
}

function privateKey(pem: string, path: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    return refuse(path, "cannot be read; give a key in PEM, PKCS#8 or SEC 1, without a passphrase");
  }
  const kind = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType;
  if (kind === undefined || !KEYS.includes(kind)) refuse(path, `is of type ${kind}; use P-256, P-384 or RSA`);
  return key;
}

function oneLine(subject: string): string {
  return subject.split("\n").join(", ");
}

function refuse(propertyPath: string, reason: string): never {
  throw new pulumi.InputPropertyError({ propertyPath, reason });
}
