/** The cluster's certificate authorities, the certificates of its parts, and how each part reaches the API. */
import { generateKeyPairSync, randomBytes, webcrypto } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as x509 from "../plugins/tls/x509";
import { apiServer, context, network, nodeName, places } from "./layout";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const years = 10;

interface Subject {
  readonly commonName: string;
  /** A group, for Kubernetes. */
  readonly organization?: string;
}

interface Authority {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

type Usage = "client" | "server";

/** By the name of their kubeconfig. */
const clients: Readonly<Record<string, Subject>> = {
  admin: { commonName: "kubernetes-admin", organization: "system:masters" },
  "kube-controller-manager": { commonName: "system:kube-controller-manager" },
  "kube-scheduler": { commonName: "system:kube-scheduler" },
  kubelet: { commonName: `system:node:${nodeName}`, organization: "system:nodes" },
  "kube-proxy": { commonName: "system:kube-proxy" },
  "kube-network-policies": { commonName: "kube-router" },
  volumes: { commonName: "local-volumes" },
};

const apiNames: x509.JsonGeneralName[] = [
  ...["127.0.0.1", network.node, network.api].map((value) => ({ type: "ip" as const, value })),
  ...["kubernetes", "kubernetes.default", "kubernetes.default.svc", `kubernetes.default.svc.${network.domain}`].map(
    (value) => ({ type: "dns" as const, value }),
  ),
];

export const pkiFile = (name: string): string => join(places.pki, name);
export const kubeconfigOf = (name: string): string => join(places.pki, `${name}.kubeconfig`);

/** Makes everything if it is not there: whole or not at all. */
export async function ensurePki(): Promise<void> {
  if (!existsSync(places.pki)) {
    const folder = `${places.pki}.new`;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    await makePki(folder);
    renameSync(folder, places.pki);
  }
  const content = readFileSync(kubeconfigOf("admin"));
  if (existsSync(places.kubeconfig) && readFileSync(places.kubeconfig).equals(content)) return;
  writeFileSync(`${places.kubeconfig}.new`, content, { mode: 0o600 });
  renameSync(`${places.kubeconfig}.new`, places.kubeconfig);
}

async function makePki(folder: string): Promise<void> {
  const file = (name: string, content: string): void => writeFileSync(join(folder, name), content, { mode: 0o600 });
  const authority = async (name: string): Promise<Authority> => {
    const made = await makeAuthority(name);
    file(`${name}.crt`, made.certificate.toString("pem"));
    file(`${name}.key`, await privateKey(made.keys));
    return made;
  };
  const leaf = async (
    name: string,
    by: Authority,
    subject: Subject,
    usages: Usage[],
    names?: x509.JsonGeneralNames,
  ) => {
    const made = await makeLeaf(by, subject, usages, names);
    file(`${name}.crt`, made.certificate);
    file(`${name}.key`, made.key);
    return made;
  };
  const cluster = await authority("ca");
  const etcd = await authority("etcd-ca");
  const frontProxy = await authority("front-proxy-ca");
  await leaf("etcd", etcd, { commonName: "etcd" }, ["server", "client"], [{ type: "ip", value: "127.0.0.1" }]);
  await leaf("apiserver-etcd-client", etcd, { commonName: "kube-apiserver-etcd-client" }, ["client"]);
  await leaf("apiserver", cluster, { commonName: "kube-apiserver" }, ["server"], apiNames);
  const masters = { commonName: "kube-apiserver-kubelet-client", organization: "system:masters" };
  await leaf("apiserver-kubelet-client", cluster, masters, ["client"]);
  await leaf("front-proxy-client", frontProxy, { commonName: "front-proxy-client" }, ["client"]);
  await leaf(
    "kubelet-serving",
    cluster,
    { commonName: `system:node:${nodeName}`, organization: "system:nodes" },
    ["server"],
    [
      { type: "dns", value: nodeName },
      { type: "ip", value: network.node },
    ],
  );
  const accounts = generateKeyPairSync("ec", {
    namedCurve: "prime256v1",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  file("service-accounts.key", accounts.privateKey);
  file("service-accounts.pub", accounts.publicKey);
  const trust = cluster.certificate.toString("pem");
  for (const [name, subject] of Object.entries(clients)) {
    const { certificate, key } = await makeLeaf(cluster, subject, ["client"]);
    file(`${name}.kubeconfig`, kubeconfig(trust, certificate, key));
  }
}

/** JSON is YAML too. */
export function kubeconfig(trust: string, certificate: string, key: string): string {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const cluster = { server: apiServer, "certificate-authority-data": base64(trust) };
  const user = { "client-certificate-data": base64(certificate), "client-key-data": base64(key) };
  return `${JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: context, cluster }],
      users: [{ name: context, user }],
      contexts: [{ name: context, context: { cluster: context, user: context } }],
      "current-context": context,
    },
    null,
    2,
  )}\n`;
}

async function makeAuthority(commonName: string): Promise<Authority> {
  const keys = await generate();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: distinguished({ commonName }),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate, keys };
}

async function makeLeaf(
  by: Authority,
  subject: Subject,
  usages: readonly Usage[],
  names: x509.JsonGeneralNames = [],
): Promise<{ certificate: string; key: string }> {
  const keys = await generate();
  const purposes = { client: x509.ExtendedKeyUsage.clientAuth, server: x509.ExtendedKeyUsage.serverAuth };
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(),
    subject: distinguished(subject),
    issuer: by.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: by.keys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(usages.map((usage) => purposes[usage])),
      await x509.AuthorityKeyIdentifierExtension.create(by.certificate),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
    ],
  });
  return { certificate: certificate.toString("pem"), key: await privateKey(keys) };
}

const generate = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as Promise<webcrypto.CryptoKeyPair>;

async function privateKey(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const bytes = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  return x509.PemConverter.encode(bytes, "PRIVATE KEY");
}

const distinguished = ({ commonName, organization }: Subject): x509.JsonName => [
  ...(organization === undefined ? [] : [{ O: [organization] }]),
  { CN: [commonName] },
];

function validity(): { notBefore: Date; notAfter: Date; serialNumber: string } {
  const now = Date.now();
  const notAfter = new Date(now);
  notAfter.setFullYear(notAfter.getFullYear() + years);
  // The clock of a virtual machine may step back a little.
  return { notBefore: new Date(now - 3_600_000), notAfter, serialNumber: `4f${randomBytes(15).toString("hex")}` };
}
