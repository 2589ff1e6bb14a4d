import "../../testbed/plugins/tls/reflect";
import { createPrivateKey, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { Secrets } from "./secrets";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const HOUR_MS = 3_600_000;
const USAGE = { client: "1.3.6.1.5.5.7.3.2", server: "1.3.6.1.5.5.7.3.1" };

/** A certificate with what was signed above it, and its key, in PEM. */
export interface Pair {
  cert: string;
  key: string;
}

export interface Leaf {
  /** URI names. */
  uris?: string[];
  dnsNames?: string[];
  usage?: keyof typeof USAGE;
  /** Hours from now. @default [-1, 1] */
  valid?: [number, number];
}

/** Something that signs: the internal intermediate, a leaf of it, or a CA nobody trusts. */
export interface Issuer {
  certificate: x509.X509Certificate;
  key: webcrypto.CryptoKey;
}

/** Issues what the deployment's own CA would have to refuse, with its stolen key. */
export async function stolenIssuer({ intermediate, intermediateKey }: Secrets): Promise<Issuer> {
  const der = createPrivateKey(intermediateKey).export({ type: "pkcs8", format: "der" });
  const key = await webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]);
  return { certificate: new x509.X509Certificate(intermediate), key };
}

/** A CA that calls itself what the deployment's calls itself. */
export async function foreignIssuer({ intermediate }: Secrets): Promise<Issuer> {
  const keys = await newKeys();
  const name = new x509.X509Certificate(intermediate).subject;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name,
    notBefore: new Date(Date.now() - HOUR_MS),
    notAfter: new Date(Date.now() + HOUR_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  return { certificate, key: keys.privateKey };
}

/** A leaf as an issuer of certificates: what an ordinary workload could do with its own key. */
export async function leafAsIssuer(issuer: Issuer, leaf: Leaf): Promise<{ issuer: Issuer; above: string }> {
  const { certificate, keys } = await sign(issuer, leaf);
  return { issuer: { certificate, key: keys.privateKey }, above: issuer.certificate.toString("pem") };
}

export async function issue(issuer: Issuer, leaf: Leaf, above = ""): Promise<Pair> {
  const { certificate, keys } = await sign(issuer, leaf);
  return {
    cert: `${certificate.toString("pem")}\n${issuer.certificate.toString("pem")}\n${above}`,
    key: await pem(keys),
  };
}

/** A request in PEM, by a new key, for whatever names. */
export async function requestFor({ uris = [], dnsNames = [] }: Leaf): Promise<string> {
  const extensions = [new x509.SubjectAlternativeNameExtension(names({ uris, dnsNames }))];
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    signingAlgorithm: ALGORITHM,
    keys: await newKeys(),
    extensions,
  });
  return request.toString("pem");
}

function names({ uris = [], dnsNames = [] }: Leaf) {
  return [
    ...uris.map((value) => ({ type: "url" as const, value })),
    ...dnsNames.map((value) => ({ type: "dns" as const, value })),
  ];
}

async function sign(issuer: Issuer, { uris = [], dnsNames = [], usage = "client", valid = [-1, 1] }: Leaf) {
  const keys = await newKeys();
  const carried = names({ uris, dnsNames });
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: `${Math.floor(Math.random() * 1e12)}`.padStart(14, "1"),
    subject: "CN=conformance",
    issuer: issuer.certificate.subject,
    notBefore: new Date(Date.now() + valid[0] * HOUR_MS),
    notAfter: new Date(Date.now() + valid[1] * HOUR_MS),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: issuer.key,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([USAGE[usage]]),
      ...(carried.length > 0 ? [new x509.SubjectAlternativeNameExtension(carried)] : []),
    ],
  });
  return { certificate, keys };
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]) as Promise<webcrypto.CryptoKeyPair>;
}

async function pem({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", privateKey));
  return `-----BEGIN PRIVATE KEY-----\n${der.toString("base64")}\n-----END PRIVATE KEY-----\n`;
}
