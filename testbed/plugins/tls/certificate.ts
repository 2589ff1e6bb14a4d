/** Issues certificates and requests for them. */
import { createPublicKey, type KeyObject, randomBytes, webcrypto } from "node:crypto";
import { publicDer, signingKey } from "./keys";
import { alternativeNameExtensions } from "./names";
import { usageExtensions } from "./usages";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  type Extension,
  type JsonGeneralName,
  type Name,
  Pkcs10CertificateRequest,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "./x509";

cryptoProvider.set(webcrypto);

/** Whom a certificate is for. */
export interface Holder {
  readonly subject: Name;
  readonly names: JsonGeneralName[];
  readonly publicKey: Buffer;
}

/** What it says beside that. */
export interface Terms {
  readonly allowedUses: readonly string[];
  readonly isCaCertificate?: boolean;
  readonly maxPathLength?: number;
  readonly setSubjectKeyId?: boolean;
  readonly setAuthorityKeyId?: boolean;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Who signs. */
export interface Issuer {
  readonly key: KeyObject;
  /** Absent for a self-signed certificate. */
  readonly certificate?: X509Certificate;
}

export interface Issued {
  readonly pem: string;
  /** As a decimal number. */
  readonly serialNumber: string;
}

/** @throws when the terms contradict each other, or the key is not the issuer's */
export async function issue(holder: Holder, terms: Terms, issuer: Issuer): Promise<Issued> {
  checkTerms(holder, terms);
  if (issuer.certificate) assertKeyFits(issuer.certificate, issuer.key);
  const serial = randomBytes(16);
  const signing = await signingKey(issuer.key);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serial.toString("hex"),
    subject: holder.subject,
    issuer: issuer.certificate?.subjectName ?? holder.subject,
    notBefore: terms.notBefore,
    notAfter: terms.notAfter,
    publicKey: holder.publicKey,
    signingKey: signing.privateKey,
    signingAlgorithm: signing.algorithm,
    extensions: await extensions(holder, terms, issuer),
  });
  return {
    pem: withNewline(certificate.toString("pem")),
    serialNumber: BigInt(`0x${serial.toString("hex")}`).toString(),
  };
}

function checkTerms(holder: Holder, terms: Terms): void {
  if (terms.isCaCertificate && holder.subject.toJSON().length === 0) {
    throw new Error(
      "Invalid Certificate Subject: must contain at least one Distinguished Name when creating Certificate Authority (CA)",
    );
  }
  if (!terms.isCaCertificate && (terms.maxPathLength ?? 0) > 0)
    throw new Error("only CAs are allowed to specify maxPathLength");
}

/** In the order of the official plugin. */
async function extensions(holder: Holder, terms: Terms, issuer: Issuer): Promise<Extension[]> {
  const { isCaCertificate = false, maxPathLength = -1, setSubjectKeyId } = terms;
  const subjectKeyId =
    isCaCertificate || setSubjectKeyId ? await SubjectKeyIdentifierExtension.create(holder.publicKey) : undefined;
  const authorityKeyId = await authorityKeyIdOf(terms, issuer, subjectKeyId);
  return [
    ...usageExtensions(terms.allowedUses),
    // A length of 0 is left out, as the official plugin (4.2.1 of its Terraform provider) leaves it out.
    new BasicConstraintsExtension(isCaCertificate, maxPathLength > 0 ? maxPathLength : undefined, true),
    ...(subjectKeyId ? [subjectKeyId] : []),
    ...(authorityKeyId === undefined ? [] : [await authorityKeyIdExtension(authorityKeyId)]),
    ...alternativeNameExtensions(holder.names, holder.subject),
  ];
}

/** A signed certificate names its issuer's key whenever the issuer has a key identifier; a self-signed one only when asked. */
async function authorityKeyIdOf(
  terms: Terms,
  issuer: Issuer,
  own: SubjectKeyIdentifierExtension | undefined,
): Promise<string | undefined> {
  if (issuer.certificate) return issuer.certificate.getExtension(SubjectKeyIdentifierExtension)?.keyId;
  if (!terms.setAuthorityKeyId) return undefined;
  if (!own)
    throw new Error(
      "Invalid Certificate Authority: could not determine Authority Key Identifier (set setSubjectKeyId too)",
    );
  return own.keyId;
}

async function authorityKeyIdExtension(keyId: string): Promise<Extension> {
  return new AuthorityKeyIdentifierExtension(keyId, false);
}

function assertKeyFits(certificate: X509Certificate, key: KeyObject): void {
  if (publicDer(key).equals(Buffer.from(certificate.publicKey.rawData))) return;
  throw new Error("caPrivateKeyPem is not the private key of caCertPem");
}

/** A certificate signing request. */
export async function request(
  key: KeyObject,
  subject: Name,
  names: JsonGeneralName[],
): Promise<{ pem: string; der: Buffer }> {
  const signing = await signingKey(key);
  const csr = await Pkcs10CertificateRequestGenerator.create({
    name: subject,
    extensions: alternativeNameExtensions(names, subject),
    signingAlgorithm: signing.algorithm,
    keys: { privateKey: signing.privateKey, publicKey: signing.publicKey },
  });
  return { pem: withNewline(csr.toString("pem")), der: Buffer.from(csr.rawData) };
}

/** @throws when it is no signing request */
export function parseRequest(pem: string): Holder {
  const csr = parse(
    () => new Pkcs10CertificateRequest(pem),
    "certRequestPem is not a certificate signing request in PEM format",
  );
  const names = csr.extensions.filter((extension) => extension instanceof SubjectAlternativeNameExtension);
  const wanted = ["dns", "ip", "url"];
  return {
    subject: csr.subjectName,
    names: names.flatMap(({ names }) => names.toJSON()).filter(({ type }) => wanted.includes(type)),
    publicKey: createPublicKey({ key: Buffer.from(csr.publicKey.rawData), format: "der", type: "spki" }).export({
      format: "der",
      type: "spki",
    }),
  };
}

/** @throws when it is no certificate */
export function parseCertificate(pem: string): X509Certificate {
  return parse(() => new X509Certificate(pem), "caCertPem is not a certificate in PEM format");
}

export function isAuthority(certificate: X509Certificate): boolean {
  return certificate.getExtension(BasicConstraintsExtension)?.ca ?? false;
}

function parse<Parsed>(read: () => Parsed, failure: string): Parsed {
  try {
    return read();
  } catch {
    throw new Error(failure);
  }
}

/** Where the official plugin ends its PEM blocks. */
function withNewline(pem: string): string {
  return `${pem.trimEnd()}\n`;
}
