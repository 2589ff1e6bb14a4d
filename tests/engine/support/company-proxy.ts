import "../../../testbed/plugins/tls/reflect";
import { generateKeyPairSync, type KeyObject, randomUUID, sign, webcrypto } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import { container, inspect, mustDocker } from "./docker";
import { INSTANCE } from "./stack";

const HOST = "sign-in.company.test";
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const HOUR_MS = 3_600_000;
const PUBLIC_ROOTS = "/etc/ssl/certs/ca-certificates.crt";
const IMAGE = "zero-trust-openclaw/envoy-of-the-company:test";
const OURS = `zero-trust-openclaw.stack=${INSTANCE}`;

/** Where its keys are published: what a request for anything gets is the key set. */
const SERVER = `
const { readFileSync } = require("node:fs");
const [cert, key, keys] = ["tls.crt", "tls.key", "keys.json"].map((name) => readFileSync("/srv/" + name));
require("node:https").createServer({ cert, key }, (_, response) => response.end(keys)).listen(443);
process.once("SIGTERM", () => process.exit(0));
`;

type Claims = Record<string, unknown>;

/**
 * A company's identity-aware proxy: it signs assertions, and publishes its keys inside the company with a certificate that only the
 * company's own images trust.
 */
export class CompanyProxy {
  readonly issuer = `https://${HOST}`;
  readonly jwks = `https://${HOST}/keys`;
  readonly audience = "openclaw.company.test";
  readonly header = "x-company-assertion";
  readonly signOut = "/.company/sign_out";
  private readonly keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  private readonly kid: string = randomUUID();
  private server: string | undefined;

  /** An assertion that is good, but for what is said otherwise. */
  assertion(claims: Claims = {}, { key = this.keys.privateKey, kid = this.kid } = {}): string {
    const now = Math.floor(Date.now() / 1000);
    const usual = { iss: this.issuer, aud: this.audience, email_verified: true, iat: now, exp: now + 300 };
    const parts = [
      { alg: "ES256", typ: "JWT", kid },
      { ...usual, ...claims },
    ];
    const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    return `${text}.${sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
  }

  /** The deployment's Envoy, made to trust the company's certificates, and a server of the keys that can be started later. */
  async prepare(): Promise<{ envoy: string }> {
    const folder = mkdtempSync(join(tmpdir(), "company-proxy-"));
    try {
      const certificate = await selfSigned();
      const write = (name: string, content: string) => writeFileSync(join(folder, name), content);
      write("tls.crt", certificate.cert);
      write("tls.key", certificate.key);
      write("keys.json", JSON.stringify({ keys: [{ ...publicJwk(this.keys.publicKey), kid: this.kid }] }));
      write("server.js", SERVER);
      const { Image: node } = (await inspect(await container("identity-provider"))) as unknown as { Image: string };
      const labels = ["--label", OURS];
      const command = [node, "/srv/server.js"];
      this.server = await mustDocker("create", ...labels, "--entrypoint", "/usr/local/bin/node", ...command);
      await mustDocker("cp", `${folder}/.`, `${this.server}:/srv`);
      return { envoy: await trustingEnvoy(join(folder, "roots.pem"), certificate.cert) };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /** Publishes the keys where the egress gateway finds them. */
  async publish(): Promise<void> {
    const filter = ["--filter", `label=${OURS}`, "--filter", "label=zero-trust-openclaw.link=egress--out"];
    const network = await mustDocker("network", "ls", "-q", ...filter);
    await mustDocker("network", "connect", "--alias", HOST, network, this.server as string);
    await mustDocker("start", this.server as string);
  }

  async endPublishing(): Promise<void> {
    if (this.server) await mustDocker("rm", "--force", this.server);
  }

  /** Once nothing runs from it. */
  async removeImage(): Promise<void> {
    await mustDocker("rmi", IMAGE);
  }
}

function publicJwk(key: KeyObject) {
  return { ...key.export({ format: "jwk" }), alg: "ES256", use: "sig" };
}

async function trustingEnvoy(roots: string, certificate: string): Promise<string> {
  const { Image: image } = (await inspect(await container("edge"))) as unknown as { Image: string };
  const id = await mustDocker("create", image);
  try {
    await mustDocker("cp", `${id}:${PUBLIC_ROOTS}`, roots);
    writeFileSync(roots, `${readFileSync(roots, "utf8")}\n${certificate}`);
    await mustDocker("cp", roots, `${id}:${PUBLIC_ROOTS}`);
    return await mustDocker("commit", id, IMAGE);
  } finally {
    await mustDocker("rm", id);
  }
}

async function selfSigned(): Promise<{ cert: string; key: string }> {
  const keys = (await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: `CN=${HOST}`,
    notBefore: new Date(Date.now() - HOUR_MS),
    notAfter: new Date(Date.now() + HOUR_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: HOST }])],
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return {
    cert: `${certificate.toString("pem")}\n`,
    key: `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`,
  };
}
