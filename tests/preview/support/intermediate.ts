import { type webcrypto as crypto, webcrypto } from "node:crypto";
import * as x509 from "../../../testbed/plugins/tls/x509";

const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
type Signer = { subject: string; keys: crypto.CryptoKeyPair };

/** What a platform team's stack puts out: an intermediate with its key, and the root above it. */
export async function intermediateOutputs(): Promise<Record<string, string>> {
  const root = await authority("root");
  const { certificate, keys } = await authority("intermediate", root);
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  return {
    intermediateCertificate: certificate,
    intermediateKey: x509.PemConverter.encode(der, "PRIVATE KEY"),
    roots: root.certificate,
  };
}

async function authority(name: string, by?: Signer): Promise<Signer & { certificate: string }> {
  const keys = (await webcrypto.subtle.generateKey(P256, true, ["sign", "verify"])) as crypto.CryptoKeyPair;
  const subject = `CN=${name}`;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: "01",
    subject,
    issuer: by?.subject ?? subject,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    signingAlgorithm: P256,
    publicKey: keys.publicKey,
    signingKey: (by?.keys ?? keys).privateKey,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  return { subject, keys, certificate: certificate.toString("pem") };
}
