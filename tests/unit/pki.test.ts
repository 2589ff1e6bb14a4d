import "../../testbed/plugins/tls/reflect";
import { createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKey, webcrypto } from "node:crypto";
import { inspect } from "node:util";
import * as x509 from "@peculiar/x509";
import * as pulumi from "@pulumi/pulumi";
import {
  CertificateAuthority,
  type CertificateAuthorityArgs,
  docker,
  type Perimeter,
  SegmentedNetwork,
  validate,
  WorkloadCertificate,
  type WorkloadCertificateArgs,
  withCertificateAuthority,
  ZeroTrustOpenClaw,
  type ZeroTrustOpenClawArgs,
} from "../../lib";
import { deniedFile, deniedIn, type Peers } from "../../lib/envoy";
import { checkExisting, type Pem } from "../../lib/pki/existing";
import { waitingFor } from "../../lib/pki/material";
import { certified } from "../../lib/pki/perimeter";
import { renewerConfig } from "../../lib/pki/renewer-config";
import { namesOf, type PublicKey, stepCaConfig } from "../../lib/pki/step-ca-config";
import { type Recorded, record, settled } from "./support/mocks";

/** Two workloads; one of them is reached by a host name and by an address too. */
const PLAIN: Perimeter = {
  trustDomain: "example.internal",
  zones: [{ name: "public" }, { name: "application" }],
  workloads: [
    { name: "edge", zone: "public", ports: { https: 8443 }, names: ["claw.example.com", "203.0.113.7"] },
    { name: "guard", zone: "application", ports: { mtls: 8443 } },
  ],
  flows: [{ from: "edge", to: "guard", port: "mtls", authentication: "mtls", purpose: "Requests." }],
  credentials: [],
};
const PERIMETER = withCertificateAuthority(PLAIN);
const EDGE = "spiffe://example.internal/public/edge";
const GUARD = "spiffe://example.internal/application/guard";

type AuthorityArgs = Partial<CertificateAuthorityArgs>;

const network = (perimeter = PERIMETER) => new SegmentedNetwork("net", { platform: docker(), perimeter });
const authority = (args: AuthorityArgs = {}, opts?: pulumi.ComponentResourceOptions, perimeter?: Perimeter) =>
  new CertificateAuthority("internal", { network: network(perimeter), ...args }, opts);

const ofType = (all: Recorded[], type: string) => all.filter((one) => one.type === type);
const PRIVATE_KEY = "tls:index/privateKey:PrivateKey";
const keysOf = (all: Recorded[]) =>
  ofType(all, PRIVATE_KEY)
    .map(({ name }) => name)
    .sort();
const SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert";
const LOCALLY_SIGNED = "tls:index/locallySignedCert:LocallySignedCert";

interface Container {
  labels: { label: string; value: string }[];
  uploads?: { content?: string }[];
  volumes?: { volumeName: string; containerPath: string; readOnly?: boolean }[];
}

const containers = (all: Recorded[]) =>
  ofType(all, "docker:index/container:Container").map(({ name, inputs, secrets }) => ({
    name,
    secrets,
    ...(inputs as unknown as Container),
  }));

/** The files an installer hands over, by name, and whether they are secret. */
function filesOf(all: Recorded[], installer: string): Record<string, { content: string; secret: boolean }> {
  const found = containers(all).find(({ name }) => name === installer);
  const { uploads = [], secrets = [] } = found ?? {};
  const { files } = JSON.parse(uploads[0]?.content ?? '{"files": []}') as { files: { name: string }[] };
  return Object.fromEntries(
    files.map(({ name }, i) => {
      const path = `uploads[${i + 1}].content`;
      return [
        name,
        { content: uploads[i + 1]?.content as string, secret: secrets.some((one) => path.startsWith(one)) },
      ];
    }),
  );
}

/** What an attempt is refused with, and what it left behind. */
async function refusal(attempt: () => unknown): Promise<{ path?: string; message?: string; left: string[] }> {
  let thrown: { propertyPath?: string; message?: string } = {};
  const recorded = await record(() => {
    try {
      attempt();
    } catch (error) {
      thrown = error as Error;
    }
  });
  return { path: thrown.propertyPath, message: thrown.message, left: recorded.map(({ name }) => name) };
}

/** Names of what a program creates that nothing is wrong with. */
const created = async (program: () => unknown) => (await record(program)).map(({ name }) => name);

describe("a CA that cannot be is refused before anything of it is created", () => {
  const existing = { certificate: "a", privateKey: "b", roots: "c" };
  const signedIntermediate = { certificate: "a", roots: "c" };
  const cases: [string, AuthorityArgs, string, string][] = [
    [
      "leaves of more than a day",
      { leafLifetime: "25h" },
      "leafLifetime",
      '"25h" is too long: a stolen certificate must be worthless within a day; use at most "24h"',
    ],
    [
      "a lifetime in minutes",
      { leafLifetime: "90m" },
      "leafLifetime",
      '"90m" is no lifetime; write whole hours from "1h" to "24h"',
    ],
    [
      "no lifetime at all",
      { leafLifetime: "0h" },
      "leafLifetime",
      '"0h" is no lifetime; write whole hours from "1h" to "24h"',
    ],
    ["no root", { roots: [] }, "roots", 'is empty; name at least the root that signs, such as ["1"]'],
    [
      "a root with a space in its name",
      { roots: ["a b"] },
      "roots",
      '"a b" is no name for a root; use a-z, 0-9 and hyphens, at most 32, such as "2"',
    ],
    [
      "a root twice",
      { roots: ["1", "1"] },
      "roots",
      '"1" is named twice; name each root once, the one that signs first',
    ],
    [
      "an unknown place for the root's key",
      { rootKey: "vault" },
      "rootKey",
      '"vault" is no place for a root\'s key; use "state" or "offline"',
    ],
    [
      "an answer to no request",
      { signedIntermediate },
      "signedIntermediate",
      'answers a request that only rootKey: "offline" makes; remove it, or use existing for a CA of your own',
    ],
    [
      "a CA of one's own and roots to make",
      { existing, roots: ["2"] },
      "existing",
      "brings its own roots; remove roots and rootKey, or existing",
    ],
    [
      "a CA of one's own and an offline root",
      { existing, rootKey: "offline" },
      "existing",
      "brings its own roots; remove roots and rootKey, or existing",
    ],
    [
      "an offline root and roots to make",
      { rootKey: "offline", roots: ["2"] },
      "roots",
      "names roots made here, and an offline root is made elsewhere; remove roots, or rootKey",
    ],
  ];

  test.each(cases)("%s", async (_name, args, path, message) => {
    expect(await refusal(() => authority(args))).toEqual({ path, message, left: await created(() => network()) });
  });

  test.each([
    ["no CA", PLAIN, "ca"],
    ["no renewer", { ...PERIMETER, workloads: PERIMETER.workloads.slice(0, -1), flows: PLAIN.flows }, "renewer"],
  ])("a perimeter with %s in it", async (_name, perimeter, missing) => {
    expect(await refusal(() => authority({}, {}, perimeter))).toEqual({
      path: undefined,
      message: `the network's perimeter has no workload "${missing}"; make it with withCertificateAuthority(perimeter)`,
      left: await created(() => network(perimeter)),
    });
  });
});

describe("a certificate that cannot be is refused before anything of it is created", () => {
  const known = `use one of ${EDGE}, ${GUARD}`;
  const foreign = "add it to the workload's names in the perimeter";
  const cases: [string, Partial<WorkloadCertificateArgs>, string, string][] = [
    ["a life above the CA's", { lifetime: "3h" }, "lifetime", '"3h" is longer than the CA allows; use at most "2h"'],
    [
      "a life of half an hour",
      { lifetime: "30m" },
      "lifetime",
      '"30m" is no lifetime; write whole hours from "1h" to "24h"',
    ],
    ...(
      [
        ["outside the trust domain", "spiffe://other.internal/application/guard"],
        ["of an unknown workload", "spiffe://example.internal/application/gaurd"],
        ["in another zone", "spiffe://example.internal/public/guard"],
        ["of the CA itself", "spiffe://example.internal/management/ca"],
        ["that is a name only", "guard"],
      ] as const
    ).map(([title, identity]): (typeof cases)[number] => [
      `an identity ${title}`,
      { identity },
      "identity",
      `"${identity}" is no workload of the perimeter; ${known}`,
    ]),
    [
      "another workload's name",
      { dnsNames: ["guard", "edge"] },
      "dnsNames",
      `"edge" is no name of "guard"; use guard, or ${foreign}`,
    ],
    [
      "another workload's public name",
      { dnsNames: ["claw.example.com"] },
      "dnsNames",
      `"claw.example.com" is no name of "guard"; use guard, or ${foreign}`,
    ],
    [
      "a name nobody has",
      { identity: EDGE, dnsNames: ["www.example.com"] },
      "dnsNames",
      `"www.example.com" is no name of "edge"; use edge, claw.example.com, or ${foreign}`,
    ],
    [
      "an address nobody gave it",
      { ipAddresses: ["127.0.0.1"] },
      "ipAddresses",
      `"127.0.0.1" is no address of "guard"; ${foreign}`,
    ],
    ["no usage", { usages: [] }, "usages", 'is empty; use "server", "client" or both'],
    [
      "an unknown usage",
      { usages: ["server", "codeSigning"] },
      "usages",
      '"codeSigning" is no usage; use "server", "client" or both',
    ],
  ];

  let refused: Record<string, (string | undefined)[]>;
  let left: string[];
  beforeAll(async () => {
    left = await created(() => {
      const ca = authority({ leafLifetime: "2h" });
      refused = Object.fromEntries(cases.map(([name, args]) => [name, attempt({ ca, identity: GUARD, ...args })]));
    });
  });

  function attempt(args: WorkloadCertificateArgs): (string | undefined)[] {
    try {
      new WorkloadCertificate("leaf", args);
      return [];
    } catch (error) {
      const { propertyPath, message } = error as pulumi.InputPropertyError;
      return [propertyPath, message];
    }
  }

  test.each(cases)("%s", (name, _args, ...why) => {
    expect(refused[name]).toEqual(why);
  });

  test("and nothing is left of any of them", async () => {
    expect(left).toEqual(await created(() => authority({ leafLifetime: "2h" })));
  });

  test("what the perimeter gives it is no foreign name", async () => {
    const args = { identity: EDGE, dnsNames: ["edge", "claw.example.com"], ipAddresses: ["203.0.113.7"] };
    const all = await record(() => new WorkloadCertificate("leaf", { ca: authority(), ...args }));
    expect(JSON.parse(filesOf(all, "leaf-renewer-install")["renewer.json"]?.content ?? "{}")).toMatchObject({
      uris: [EDGE],
      dnsNames: args.dnsNames,
      ipAddresses: args.ipAddresses,
      lifetime: "24h",
    });
  });
});

const LAPTOP: ZeroTrustOpenClawArgs = {
  platform: docker(),
  publicUrl: "https://localhost:8443",
  roles: { admin: { groups: ["admins"] } },
  demo: { users: [{ email: "alice@example.com", name: "Alice", groups: ["admins"] }] },
};

test.each([
  [{ rootKey: "vault" }, '"vault" is no place for a root\'s key; use "state" or "offline"'],
  [{ roots: ["1", "1"] }, '"1" is named twice; name each root once, the one that signs first'],
])("a whole deployment with the CA %j is refused before anything is created", async (certificateAuthority, message) => {
  const { message: said, left } = await refusal(
    () => new ZeroTrustOpenClaw("claw", { ...LAPTOP, certificateAuthority }),
  );
  expect({ said, left }).toEqual({ said: message, left: [] });
});

const CURVE = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: "SHA-256",
};

/** A certificate and its key. */
interface Pair {
  pem: string;
  /** PKCS#8. */
  key: string;
  certificate: x509.X509Certificate;
  keys: webcrypto.CryptoKeyPair;
}

interface Wanted {
  by?: Pair;
  ca?: boolean;
  algorithm?: typeof P256 | typeof RSA;
  /** Milliseconds from now. */
  ends?: number;
}

/** A certificate by another, or by itself. */
async function pair(name: string, { by, ca = true, algorithm = P256, ends = 3_600_000 }: Wanted = {}): Promise<Pair> {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: "01",
    subject: `CN=${name}`,
    issuer: by?.certificate.subject ?? `CN=${name}`,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + ends),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: (by?.keys ?? keys).privateKey,
    extensions: [new x509.BasicConstraintsExtension(ca, undefined, true)],
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({ format: "pem", type: "pkcs8" });
  return { pem: `${certificate.toString("pem")}\n`, key: `${key}`, certificate, keys };
}

type Name = "root" | "intermediate" | "ended" | "upper" | "lower" | "leaf" | "stranger" | "rsaRoot" | "rsaIntermediate";
type Material = Record<Name, Pair>;

async function material(): Promise<Material> {
  const root = await pair("root");
  const upper = await pair("upper", { by: root });
  const rsaRoot = await pair("rsa-root", { algorithm: RSA });
  return {
    root,
    upper,
    rsaRoot,
    intermediate: await pair("intermediate", { by: root }),
    ended: await pair("ended", { by: root, ends: -1000 }),
    lower: await pair("lower", { by: upper }),
    leaf: await pair("leaf", { by: root, ca: false }),
    stranger: await pair("stranger"),
    rsaIntermediate: await pair("rsa-intermediate", { by: rsaRoot, algorithm: RSA }),
  };
}

/** What can issue as it is. */
const fitting = ({ root, intermediate }: Material): Pem => ({
  certificate: intermediate.pem,
  privateKey: intermediate.key,
  roots: root.pem,
});

let made: Material;
beforeAll(async () => {
  made = await material();
});

describe("a CA of one's own", () => {
  const exported = (pem: string, type: "sec1" | "pkcs1") =>
    `${createPrivateKey(pem).export({ format: "pem", type } as { format: "pem"; type: "sec1" })}`;
  const fits: [string, (m: Material) => Pem][] = [
    ["an intermediate of P-256", fitting],
    ["its key as SEC 1", (m) => ({ ...fitting(m), privateKey: exported(m.intermediate.key, "sec1") })],
    // What openssl ecparam -genkey writes.
    [
      "its key behind the curve's parameters",
      (m) => ({ ...fitting(m), privateKey: CURVE + exported(m.intermediate.key, "sec1") }),
    ],
    [
      "an intermediate of RSA",
      ({ rsaRoot, rsaIntermediate: { pem, key } }) => ({ certificate: pem, privateKey: key, roots: rsaRoot.pem }),
    ],
    [
      "its key as PKCS#1",
      ({ rsaRoot, rsaIntermediate: { pem, key } }) => ({
        certificate: pem,
        privateKey: exported(key, "pkcs1"),
        roots: rsaRoot.pem,
      }),
    ],
    [
      "two intermediates, one by the other",
      ({ root, upper, lower }) => ({ certificate: lower.pem + upper.pem, privateKey: lower.key, roots: root.pem }),
    ],
    ["more roots than its own", (m) => ({ ...fitting(m), roots: m.stranger.pem + m.rsaRoot.pem + m.root.pem })],
    ["text around the certificates", (m) => ({ ...fitting(m), roots: `Our root:\n${m.root.pem}(until spring)\n` })],
  ];

  test.each(fits)("%s is good, with its key as PKCS#8", (_name, given) => {
    const pem = given(made);
    const privateKey = createPrivateKey(pem.privateKey).export({ format: "pem", type: "pkcs8" });
    expect(checkExisting(pem, "existing")).toEqual({ ...pem, privateKey });
  });

  test("one that has ended is refused", () => {
    const given = { ...fitting(made), certificate: made.ended.pem, privateKey: made.ended.key };
    expect(() => checkExisting(given, "existing")).toThrow(/"CN=ended" ended on .+; give one that is still good$/);
  });

  test("an answer to somebody else's request is told as such", () => {
    const answer = { ...fitting(made), privateKey: made.stranger.key };
    expect(() => checkExisting(answer, "signedIntermediate")).toThrow(
      "answers another request; have the request of this deployment signed",
    );
  });

  const encrypted = (pem: string) =>
    `${createPrivateKey(pem).export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "a" })}`;
  const generated = (key: ReturnType<typeof createPrivateKey>) => `${key.export({ format: "pem", type: "pkcs8" })}`;
  const UNREADABLE_KEY = "cannot be read; give a key in PEM, PKCS#8 or SEC 1, without a passphrase";
  const NO_CERTIFICATE = "has no certificate; give PEM that begins with -----BEGIN CERTIFICATE-----";
  const RUBBISH = "-----BEGIN CERTIFICATE-----\nbm8gY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n";
  const faults: [string, (m: Material) => Partial<Pem>, string, string][] = [
    [
      "a leaf",
      ({ leaf }) => ({ certificate: leaf.pem, privateKey: leaf.key }),
      "certificate",
      "is no CA's certificate; give the intermediate itself, not a leaf",
    ],
    ["no certificate", () => ({ certificate: "" }), "certificate", NO_CERTIFICATE],
    ["a key for a certificate", ({ root }) => ({ certificate: root.key }), "certificate", NO_CERTIFICATE],
    [
      "a certificate that is none",
      () => ({ certificate: RUBBISH }),
      "certificate",
      "cannot be read; give certificates in PEM, as openssl writes them",
    ],
    [
      "two intermediates of which neither is by the other",
      ({ intermediate, upper }) => ({ certificate: intermediate.pem + upper.pem }),
      "certificate",
      '"CN=upper" did not sign "CN=intermediate" before it; give the intermediate first, then the one above it, and so on',
    ],
    [
      "two intermediates in the wrong order",
      ({ upper, lower }) => ({ certificate: upper.pem + lower.pem, privateKey: upper.key }),
      "certificate",
      '"CN=lower" did not sign "CN=upper" before it; give the intermediate first, then the one above it, and so on',
    ],
    [
      "somebody else's key",
      ({ root }) => ({ privateKey: root.key }),
      "privateKey",
      "does not belong to the certificate; give the intermediate's own key",
    ],
    [
      "the key of another intermediate of the chain",
      ({ upper, lower }) => ({ certificate: lower.pem + upper.pem, privateKey: upper.key }),
      "privateKey",
      "does not belong to the certificate; give the intermediate's own key",
    ],
    ["no key", () => ({ privateKey: "" }), "privateKey", UNREADABLE_KEY],
    ["a password for a key", () => ({ privateKey: "correct-horse-battery-staple" }), "privateKey", UNREADABLE_KEY],
    ["a certificate for a key", ({ root }) => ({ privateKey: root.pem }), "privateKey", UNREADABLE_KEY],
    [
      "an encrypted key",
      ({ intermediate }) => ({ privateKey: encrypted(intermediate.key) }),
      "privateKey",
      UNREADABLE_KEY,
    ],
    [
      "a key of Ed25519",
      () => ({ privateKey: generated(generateKeyPairSync("ed25519").privateKey) }),
      "privateKey",
      "is of type ed25519; use P-256, P-384 or RSA",
    ],
    [
      "a key of a curve nobody verifies",
      () => ({ privateKey: generated(generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey) }),
      "privateKey",
      "is of type secp256k1; use P-256, P-384 or RSA",
    ],
    ["no root", () => ({ roots: "" }), "roots", NO_CERTIFICATE],
    [
      "a root that is none",
      ({ root }) => ({ roots: root.pem + RUBBISH }),
      "roots",
      "cannot be read; give certificates in PEM, as openssl writes them",
    ],
    [
      "a root that did not sign it",
      ({ stranger }) => ({ roots: stranger.pem }),
      "roots",
      'none of them signed "CN=intermediate"; give the root above it, or what stands between with the certificate',
    ],
    [
      "an intermediate without the one above it",
      ({ lower }) => ({ certificate: lower.pem, privateKey: lower.key }),
      "roots",
      'none of them signed "CN=lower"; give the root above it, or what stands between with the certificate',
    ],
    [
      "an intermediate among the roots",
      ({ root, upper, lower }) => ({
        certificate: lower.pem,
        privateKey: lower.key,
        roots: root.pem + upper.pem,
      }),
      "roots",
      '"CN=upper" did not sign itself; give roots only, and intermediates with the certificate',
    ],
  ];

  test.each(faults)("with %s is refused, and no key is told", (_name, change, path, message) => {
    const given = { ...fitting(made), ...change(made) };
    let thrown: pulumi.InputPropertyError | undefined;
    try {
      checkExisting(given, "existing");
    } catch (error) {
      thrown = error as pulumi.InputPropertyError;
    }
    expect([thrown?.propertyPath, thrown?.message]).toEqual([`existing.${path}`, message]);
    const told = inspect(thrown, { depth: 9, showHidden: true });
    const lines = given.privateKey.split("\n").filter((line) => line && !line.startsWith("-----"));
    expect(lines.filter((line) => told.includes(line))).toEqual([]);
  });

  test("an answer to a request is checked under its own name", () => {
    const given = { ...fitting(made), roots: made.stranger.pem };
    expect(() => checkExisting(given, "signedIntermediate")).toThrow(
      expect.objectContaining({ propertyPath: "signedIntermediate.roots" }),
    );
  });

  test("issues with its own chain and key, which are in no other place, and no root is made", async () => {
    const { root, upper, lower } = made;
    const chain = lower.pem + upper.pem;
    let ca: CertificateAuthority | undefined;
    const all = await record(() => {
      const secret = pulumi.secret(chain);
      ca = authority({ existing: { certificate: secret, privateKey: lower.key, roots: root.pem } });
      new WorkloadCertificate("leaf", { ca, identity: GUARD });
    });
    const files = filesOf(all, "internal-ca-install");
    expect(files["intermediate.pem"]?.content).toBe(chain);
    expect(files["roots.pem"]?.content).toBe(root.pem);
    expect(files["intermediate.key"]).toEqual({ content: lower.key, secret: true });
    expect(filesOf(all, "leaf-renewer-install")["intermediate.pem"]?.content).toBe(chain);
    // As it stands in JSON, where line breaks are written out.
    const written = JSON.stringify(lower.key).slice(1, -1);
    expect(all.filter((one) => JSON.stringify(one).includes(written)).map(({ name }) => name)).toEqual([
      "internal-ca-install",
    ]);
    expect([...ofType(all, SELF_SIGNED), ...ofType(all, LOCALLY_SIGNED)]).toEqual([]);
    expect(keysOf(all)).toEqual(["internal-enrol-edge", "internal-enrol-guard"]);
    // What peers trust shall be readable, whatever it was made from.
    expect([await settled(ca?.roots), await settled(ca?.intermediate)]).toEqual([root.pem, chain]);
    for (const output of [ca?.roots, ca?.intermediate])
      expect(await pulumi.isSecret(output as pulumi.Output<string>)).toBe(false);
  });
});

describe("a root whose key is elsewhere", () => {
  const OFFLINE = { rootKey: "offline" };

  test("the first deployment is one that can be previewed", async () => {
    const names = (await record(() => authority(OFFLINE), { preview: true })).map(({ name }) => name);
    expect(names).toContain("internal-ca");
  });

  test("an answered request issues, with a key that was made here, and no root is made", async () => {
    const { root, intermediate } = made;
    const signedIntermediate = { certificate: intermediate.pem, roots: root.pem };
    let ca: CertificateAuthority | undefined;
    const all = await record(() => {
      ca = authority({ ...OFFLINE, signedIntermediate }, { transformations: [madeKey(intermediate.key)] });
    });
    const files = filesOf(all, "internal-ca-install");
    expect(files["intermediate.pem"]?.content).toBe(intermediate.pem);
    expect(files["roots.pem"]?.content).toBe(root.pem);
    expect(files["intermediate.key"]).toEqual({ content: intermediate.key, secret: true });
    expect(keysOf(all)).toEqual(["internal-enrol-edge", "internal-enrol-guard", "internal-intermediate"]);
    expect([...ofType(all, SELF_SIGNED), ...ofType(all, LOCALLY_SIGNED)]).toEqual([]);
    expect(await settled(ca?.certificateRequest)).toBe("request of internal-intermediate\n");
    expect(await settled(ca?.roots)).toBe(root.pem);
    expect(await pulumi.isSecret(ca?.roots as pulumi.Output<string>)).toBe(false);
  });

  /** Has the intermediate's key made as given: an answer that fits can only be to a key that is known. */
  function madeKey(privateKeyPemPkcs8: string): pulumi.ResourceTransformation {
    return ({ type, name, props, opts }) =>
      type === PRIVATE_KEY && name === "internal-intermediate"
        ? { props: { ...props, privateKeyPemPkcs8 }, opts }
        : undefined;
  }
});

test("an offline root that has not signed yet is told what to sign", () => {
  expect(waitingFor("the request\n").message).toBe(
    "The internal CA waits for its intermediate. Have this request signed as a CA by the offline root, give the answer and the root as signedIntermediate, and deploy again:\nthe request\n",
  );
});

describe("roots made here", () => {
  test.each([
    [undefined, ["internal-root"], "internal-intermediate"],
    [["1"], ["internal-root"], "internal-intermediate"],
    [["1", "2"], ["internal-root", "internal-root-2"], "internal-intermediate"],
    [["2", "1"], ["internal-root-2", "internal-root"], "internal-intermediate-2"],
    [["2"], ["internal-root-2"], "internal-intermediate-2"],
  ])("%j: all are trusted, and the first signs", async (roots, names, intermediate) => {
    let ca: CertificateAuthority | undefined;
    const all = await record(() => {
      ca = authority({ roots });
    });
    const bundle = names.map((name) => `cert of ${name}\n`).join("");
    expect(ofType(all, SELF_SIGNED).map(({ name }) => name)).toEqual(names);
    expect(ofType(all, LOCALLY_SIGNED)).toEqual([
      expect.objectContaining({
        name: intermediate,
        inputs: expect.objectContaining({
          certRequestPem: `request of ${intermediate}\n`,
          caPrivateKeyPem: `key of ${names[0]}\n`,
          caCertPem: `cert of ${names[0]}\n`,
          isCaCertificate: true,
        }),
        secrets: expect.arrayContaining(["caPrivateKeyPem"]),
      }),
    ]);
    const files = filesOf(all, "internal-ca-install");
    expect([await settled(ca?.roots), files["roots.pem"]?.content]).toEqual([bundle, bundle]);
    expect(files["intermediate.pem"]?.content).toBe(`cert of ${intermediate}\n`);
    expect(files["intermediate.key"]).toEqual({ content: `pkcs8 key of ${intermediate}\n`, secret: true });
  });
});

describe("the issuer's configuration", () => {
  const key = (): PublicKey =>
    generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" }) as never;
  const keys: Record<string, PublicKey> = { edge: key(), guard: key() };
  interface Config {
    authority: {
      backdate: string;
      claims: Record<string, string>;
      policy: { x509: { allow: Record<string, string[]> } };
      provisioners: { type: string; name: string; key: unknown; options: { x509: { template: string } } }[];
    };
  }
  const config = (perimeter: Perimeter = PERIMETER): Config =>
    JSON.parse(
      stepCaConfig({
        directory: "/files",
        listen: { address: "10.0.0.2", port: 9000 },
        perimeter,
        enrolments: certified(perimeter).map((workload) => ({ workload, key: keys[workload.name] as PublicKey })),
        maxHours: 12,
      }),
    );

  test("has one provisioner per workload, with that workload's key", () => {
    expect(config().authority.provisioners.map(({ type, name, key }) => ({ type, name, key }))).toEqual([
      { type: "JWK", name: "edge", key: { ...keys.edge, use: "sig", alg: "ES256", kid: "edge" } },
      { type: "JWK", name: "guard", key: { ...keys.guard, use: "sig", alg: "ES256", kid: "guard" } },
    ]);
  });

  test("allows the trust domain and the workloads' names, and nothing else", () => {
    expect(config().authority.policy.x509.allow).toEqual({
      uri: ["example.internal"],
      dns: ["edge", "claw.example.com", "guard"],
      ip: ["203.0.113.7"],
    });
  });

  test.each([
    ["203.0.113.7", "ip"],
    ["fd00::7", "ip"],
    ["7.example.com", "dns"],
    ["localhost", "dns"],
  ])("allows %s as %s", (name, kind) => {
    const { workloads } = PERIMETER;
    const perimeter = {
      ...PERIMETER,
      workloads: workloads.map((one) => (one.name === "edge" ? { ...one, names: [name] } : one)),
    };
    const { allow } = config(perimeter).authority.policy.x509;
    expect(allow).toEqual({
      uri: ["example.internal"],
      ...(kind === "ip" ? { dns: ["edge", "guard"], ip: [name] } : { dns: ["edge", name, "guard"] }),
    });
  });

  test("lets a leaf live for a minute at least and for as long as the CA says at most", () => {
    const { backdate, claims } = config().authority;
    expect({ backdate, claims }).toEqual({
      // A minute more than a leaf's beginning is in the past.
      backdate: "5m",
      claims: { minTLSCertDuration: "6m", defaultTLSCertDuration: "12h", maxTLSCertDuration: "12h" },
    });
  });

  test("has templates that are no base64, each with the names of one workload", () => {
    const templates = config().authority.provisioners.map(({ options }) => options.x509.template);
    // step-ca takes a template that begins with anything else for base64.
    expect(templates.map((template) => template.slice(0, 2))).toEqual(["{ ", "{ "]);
    const lists = templates.map((template) =>
      [...template.matchAll(/\(list ([^)]*)\)/g)].map(([, list]) =>
        (list as string).split(" ").map((one) => JSON.parse(one)),
      ),
    );
    const usages = ["serverAuth", "clientAuth"];
    expect(lists).toEqual([
      [[EDGE, "edge", "claw.example.com", "203.0.113.7"], usages],
      [[GUARD, "guard"], usages],
    ]);
    expect(certified(PERIMETER).map((workload) => namesOf(PERIMETER, workload))).toEqual(lists.map(([names]) => names));
  });

  test("is in the place where the renewers look", () => {
    expect(config()).toMatchObject({
      root: "/files/roots.pem",
      crt: "/files/intermediate.pem",
      key: "/files/intermediate.key",
      address: "10.0.0.2:9000",
      dnsNames: ["ca"],
      tls: { minVersion: 1.3, maxVersion: 1.3 },
    });
  });

  test("under mocks has each workload's own key too, and no other workload's", async () => {
    const all = await record(() => authority());
    const { content = "" } = filesOf(all, "internal-ca-install")["ca.json"] ?? {};
    const { authority: issuing } = JSON.parse(content) as Config;
    expect(issuing.provisioners.map(({ name }) => `internal-enrol-${name}`)).toEqual(
      keysOf(all).filter((name) => name.startsWith("internal-enrol-")),
    );
    for (const { key } of issuing.provisioners)
      expect(() => createPublicKey({ key: key as JsonWebKey, format: "jwk" })).not.toThrow();
    expect(content).not.toMatch(/"d":/);
  });
});

test("a renewer's configuration names its files, its issuer and what it asks for", () => {
  const config = renewerConfig({
    directory: "/files",
    publish: "/publish",
    socket: "/run/workload/renewer.sock",
    workload: "edge",
    issuer: { address: "10.0.0.2", port: 9000 },
    identity: EDGE,
    dnsNames: ["edge", "claw.example.com"],
    ipAddresses: ["203.0.113.7"],
    usages: ["server"],
    hours: 3,
  });
  expect(JSON.parse(config)).toEqual({
    workload: "edge",
    issuer: { url: "https://10.0.0.2:9000", serverName: "ca" },
    roots: "/files/roots.pem",
    intermediate: "/files/intermediate.pem",
    provisioner: "edge",
    key: "/files/enrolment.key",
    uris: [EDGE],
    dnsNames: ["edge", "claw.example.com"],
    ipAddresses: ["203.0.113.7"],
    usages: ["server"],
    lifetime: "3h",
    backdate: "5m",
    directory: "/publish",
    socket: "/run/workload/renewer.sock",
  });
});

describe("a perimeter with a CA", () => {
  test("has two workloads and one flow more, and makes sense", () => {
    expect(PERIMETER.workloads.slice(0, 2)).toEqual(PLAIN.workloads);
    expect(PERIMETER.workloads.slice(2)).toEqual([
      { name: "ca", zone: "management", ports: { https: 9000 }, credentials: ["intermediate-key"] },
      { name: "renewer", zone: "management", ports: {}, credentials: ["enrolment-keys"] },
    ]);
    expect(PERIMETER.flows).toEqual([
      ...PLAIN.flows,
      expect.objectContaining({ from: "renewer", to: "ca", port: "https", authentication: "tls+credential" }),
    ]);
    expect(PERIMETER.credentials.map(({ name }) => name)).toEqual(["intermediate-key", "enrolment-keys"]);
    expect(PERIMETER.zones.map(({ name }) => name)).toEqual(["public", "application", "management"]);
    expect(() => validate(PERIMETER)).not.toThrow();
  });

  test("keeps a management zone that is there", () => {
    const zones = [{ name: "management", purpose: "Ours.", cidr: "10.9.0.0/24" }, ...PLAIN.zones];
    const perimeter = withCertificateAuthority({ ...PLAIN, zones });
    expect(perimeter.zones).toEqual(zones);
    expect(() => validate(perimeter)).not.toThrow();
  });

  test("leaves the one it was made from as it was", () => {
    expect([PLAIN.zones.length, PLAIN.workloads.length, PLAIN.flows.length, PLAIN.credentials.length]).toEqual([
      2, 2, 1, 0,
    ]);
  });

  test("gives certificates to all but the CA and the renewers", () => {
    expect(certified(PERIMETER).map(({ name }) => name)).toEqual(["edge", "guard"]);
  });
});

describe("the peers an Envoy refuses", () => {
  const [A, B, C, D] = ["a", "b", "c", "d"].map((name) => `spiffe://example.internal/application/${name}`) as [
    string,
    string,
    string,
    string,
  ];
  interface Filter {
    "@type": string;
    stat_prefix?: string;
    rules: {
      action: string;
      policies: Record<
        string,
        {
          permissions: unknown[];
          principals: { any?: boolean; authenticated?: { principal_name: { exact: string } } }[];
        }
      >;
    };
  }
  const filter = (content: string) =>
    (JSON.parse(content) as { resources: { name: string; typed_config: Filter }[] }).resources[0]
      ?.typed_config as Filter;
  const refused = (content: string) =>
    Object.values(filter(content).rules.policies).flatMap(({ principals }) =>
      principals.map(({ any, authenticated }) => (any ? "everybody" : authenticated?.principal_name.exact)),
    );

  const cases: [string, Peers, string[], string[]][] = [
    ["nobody while nobody is denied", { callers: [A, B], callees: [C] }, [], []],
    ["a caller that is denied", { callers: [A, B], callees: [C] }, [A], [A]],
    ["several", { callers: [A, B], callees: [] }, [B, A], [B, A]],
    ["everybody while a callee is denied", { callers: [A, B], callees: [C] }, [C], ["everybody"]],
    ["everybody while one of several callees is denied", { callers: [A], callees: [B, C] }, [C], ["everybody"]],
    ["everybody while a caller and a callee are denied", { callers: [A, B], callees: [C] }, [A, C], ["everybody"]],
    ["a stranger that is denied", { callers: [A, B], callees: [C] }, [D], [D]],
    ["everybody where strangers call while a callee is denied", { callees: [C] }, [C], ["everybody"]],
    ["nobody where strangers call", { callees: [C] }, [], []],
  ];

  test.each(cases)("are %s", (_name, peers, denied, out) => {
    const content = deniedFile(peers, denied);
    expect(refused(content)).toEqual(out);
    // Without a policy that fits, this action lets through.
    expect(filter(content).rules.action).toBe("DENY");
    expect(deniedIn(content)).toEqual(denied);
  });

  test("nobody is denied unless it is said", () => {
    expect(deniedIn(deniedFile({ callers: [A], callees: [] }))).toEqual([]);
  });

  test.each([
    [undefined, "filters.http.rbac.v3.RBAC", undefined],
    ["http", "filters.http.rbac.v3.RBAC", undefined],
    ["tcp", "filters.network.rbac.v3.RBAC", "denied"],
  ] as const)("are told by a filter of the kind %s", (kind, type, prefix) => {
    const content = deniedFile({ callers: [A, B], callees: [], kind }, [A]);
    expect(filter(content)["@type"]).toBe(`type.googleapis.com/envoy.extensions.${type}`);
    expect(filter(content).stat_prefix).toBe(prefix);
    expect(refused(content)).toEqual([A]);
    expect(JSON.parse(content).resources).toHaveLength(1);
    expect(JSON.parse(content).resources[0].name).toBe("denied");
  });
});

describe.each([
  ["Envoy's login", {}],
  ["a login of its own", { login: { engine: "oauth2-proxy" } }],
] as [string, Partial<ZeroTrustOpenClawArgs>][])("in a deployment with %s", (_name, more) => {
  let all: Recorded[];
  let renewers: ReturnType<typeof containers>;
  const label = ({ labels }: Container, name: string) =>
    labels.find((one) => one.label === `zero-trust-openclaw.${name}`)?.value;
  // Some contents are made of what the mocks do not compute.
  const holds = ({ uploads = [] }: Container, text: string) => uploads.some(({ content }) => content?.includes(text));
  const publishing = ({ volumes = [] }: Container) =>
    volumes.find(({ containerPath }) => containerPath === "/publish")?.volumeName;
  beforeAll(async () => {
    all = await record(() => new ZeroTrustOpenClaw("claw", { ...LAPTOP, ...more }));
    renewers = containers(all).filter((one) => label(one, "renews"));
  }, 60_000);

  test("a certificate is seen by its renewer, what installs that one's files, and the one program it is for", () => {
    expect(renewers.length).toBeGreaterThan(7);
    expect(new Set(renewers.map(publishing)).size).toBe(renewers.length);
    for (const renewer of renewers) {
      const mounts = containers(all).flatMap(({ name, volumes = [], ...rest }) =>
        volumes
          .filter(({ volumeName }) => volumeName === publishing(renewer))
          .map(({ containerPath, readOnly = false }) => ({
            name,
            workload: label(rest, "workload"),
            containerPath,
            readOnly,
          })),
      );
      const readers = mounts.filter(({ readOnly }) => readOnly);
      expect(readers).toEqual([
        expect.objectContaining({
          workload: label(renewer, "renews"),
          containerPath: expect.stringMatching(/^\/certificates\/[a-z-]+$/),
        }),
      ]);
      expect(
        mounts.filter((one) => !readers.includes(one)).map(({ name, containerPath }) => [name, containerPath]),
      ).toEqual([
        [`${renewer.name}-install`, "/state"],
        [renewer.name, "/publish"],
      ]);
    }
  });

  test("what is mounted as a certificate comes from a renewer", () => {
    const volumes = containers(all).flatMap(({ volumes = [] }) =>
      volumes.filter(({ containerPath }) => containerPath.startsWith("/certificates")),
    );
    expect(volumes.map(({ volumeName }) => volumeName).sort()).toEqual(renewers.map(publishing).sort());
  });

  test("each renewer has the enrolment key of its own workload, and nobody else has one", () => {
    const keys = keysOf(all).filter((name) => name.includes("-enrol-"));
    const held = containers(all).flatMap((one) =>
      keys.filter((key) => holds(one, `key of ${key}\n`)).map((key) => [one.name, key]),
    );
    expect(held.sort()).toEqual(
      renewers.map((one) => [`${one.name}-install`, `claw-enrol-${label(one, "renews")}`]).sort(),
    );
  });

  test("the intermediate's key is with the CA only", () => {
    const holders = containers(all).filter((one) => holds(one, "key of claw-intermediate\n"));
    expect(holders.map(({ name }) => name)).toEqual(["claw-ca-install"]);
  });
});
