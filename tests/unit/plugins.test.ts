/** The pure parts of the plugin stand-ins. What they do to a real engine is tested where there is one. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkInputs, DEFAULTS_KEY, type Naming } from "../../testbed/plugins/check";
import { deletesBeforeReplace, diffProperties } from "../../testbed/plugins/diff";
import { createOptions } from "../../testbed/plugins/docker/container-options";
import { CONTAINER_SPEC } from "../../testbed/plugins/docker/container-schema";
import { formatDuration, parseDuration } from "../../testbed/plugins/docker/duration";
import { plainLog } from "../../testbed/plugins/docker/logs";
import { assertWrittenFor, installStandIns } from "../../testbed/plugins/install";
import { randomText, type TextRules } from "../../testbed/plugins/random/characters";
import { randomPassword } from "../../testbed/plugins/random/text";
import type { Call } from "../../testbed/plugins/resource";
import {
  leakingProperties,
  previewedState,
  recordedState,
  refreshedInputs,
  updatedState,
} from "../../testbed/plugins/state";
import { certRequest, locallySignedCert, selfSignedCert } from "../../testbed/plugins/tls/certificates";
import { privateKey } from "../../testbed/plugins/tls/private-key";
import { isDue } from "../../testbed/plugins/tls/renewal";
import {
  decode,
  encode,
  hasSecret,
  hasUnknown,
  type Properties,
  redact,
  reveal,
  Secret,
  secretTexts,
  UNKNOWN,
} from "../../testbed/plugins/values";

const NAMING: Naming = { logicalName: "web", seed: new Uint8Array() };

function check(inputs: Properties, olds?: Properties) {
  return checkInputs(CONTAINER_SPEC, { image: "app", ...inputs }, olds, NAMING);
}

/** A container as recorded after `up` with these inputs. */
function recorded(inputs: Properties): Properties {
  const { inputs: checked } = check(inputs);
  return recordedState(CONTAINER_SPEC, reveal(checked) as object, checked);
}

function diff(before: Properties, after: Properties, naming?: Properties) {
  return Object.fromEntries(diffProperties(CONTAINER_SPEC, recorded(before), check(after, naming).inputs));
}

describe("property values", () => {
  it("survive the way to the engine and back, with their marks", () => {
    const value: Properties = {
      text: "a",
      list: [1, true, null],
      secret: new Secret({ key: "s3cret" }),
      later: UNKNOWN,
    };
    expect(decode(encode(value))).toEqual(value);
    expect(hasSecret(value)).toBe(true);
    expect(hasUnknown({ nested: [new Secret(UNKNOWN)] })).toBe(true);
  });

  it("print no secret by accident", () => {
    expect(`${new Secret("hunter2")} ${JSON.stringify({ a: new Secret("hunter2") })}`).not.toContain("hunter2");
  });

  it("are struck out of messages in every spelling", () => {
    const secrets = secretTexts({
      uploads: [{ content: new Secret('line one\nline "two"') }],
      code: new Secret("aHVudGVyMg=="),
    });
    const message = `${JSON.stringify('line one\nline "two"')} line one, line "two", hunter2, ${Buffer.from('line one\nline "two"').toString("base64")}`;
    expect(redact(message, secrets)).toBe('"[secret]" [secret], [secret], [secret], [secret]');
  });
});

describe("check", () => {
  it("refuses what the stand-in does not know and says what it knows", () => {
    const { failures } = check({ pidsLimit: 5, uploads: [{ file: "/a", mode: "0400" }] });
    expect(failures.map(({ property }) => property)).toEqual(["pidsLimit", "uploads[0].mode"]);
    expect(failures[1]?.reason).toBe(
      "this stand-in does not know uploads[0].mode; it knows content, contentBase64, executable, file, group, owner, permissions, source, sourceHash. Use the official plugin for the rest.",
    );
  });

  it("refuses wrong types and values without repeating them", () => {
    const { failures } = check({ memory: "64", restart: new Secret("sometimes"), healthcheck: { interval: "soon" } });
    expect(failures.map(({ reason }) => reason)).toEqual([
      "memory must be a number",
      "restart must be no, on-failure, always or unless-stopped",
      'healthcheck.interval must be a duration such as "1m30s"',
    ]);
  });

  it("asks for what is missing and lets unknown values pass", () => {
    expect(checkInputs(CONTAINER_SPEC, { command: UNKNOWN, envs: [UNKNOWN] }, undefined, NAMING).failures).toEqual([
      { property: "image", reason: "image is missing" },
    ]);
  });

  it("names a resource after its logical name, once for its whole life", () => {
    const first = check({}).inputs;
    expect(first.name).toMatch(/^web-[0-9a-f]{7}$/);
    expect(first[DEFAULTS_KEY]).toContain("name");
    expect(check({}, first).inputs.name).toBe(first.name);
    expect(check({}).inputs.name).not.toBe(first.name);
    expect(check({ name: "mine" }, first).inputs.name).toBe("mine");
  });
});

describe("diff", () => {
  it("sees no change in another order of a set, a missing default or an empty value", () => {
    const before = { envs: ["A=1", "B=2"], ports: [{ internal: 80, ip: "0.0.0.0", protocol: "tcp" }], dns: [] };
    const state = recorded({ ...before, name: "n" });
    expect(
      diffProperties(
        CONTAINER_SPEC,
        state,
        check({ envs: ["B=2", "A=1"], ports: [{ internal: 80 }], name: "n" }).inputs,
      ).size,
    ).toBe(0);
  });

  it("replaces for most properties and updates a few in place", () => {
    const changes = diff(
      { memory: 64, command: ["a"], labels: [], name: "n" },
      { memory: 128, command: ["b"], labels: [{ label: "x", value: "1" }], name: "n" },
    );
    expect(changes).toEqual({
      "command[0]": { kind: "update", replaces: true },
      labels: { kind: "add", replaces: true },
      memory: { kind: "update", replaces: false },
    });
  });

  it("leaves alone what the engine fills in, and sees removal of what it does not", () => {
    expect(diff({ hostname: "a", name: "n" }, { name: "n" })).toEqual({});
    expect(diff({ user: "1000", name: "n" }, { name: "n" })).toEqual({});
    expect(diff({ memorySwap: 64, name: "n" }, { name: "n" })).toEqual({
      memorySwap: { kind: "delete", replaces: false },
    });
  });

  it("compares secrets by value", () => {
    const upload = (content: string) => ({ name: "n", uploads: [{ file: "/k", content: new Secret(content) }] });
    expect(diff(upload("one"), upload("one"))).toEqual({});
    expect(diff(upload("one"), upload("two"))).toEqual({ uploads: { kind: "update", replaces: true } });
  });

  it("takes an unknown value for a change", () => {
    expect(diff({ image: "a", name: "n" }, { image: UNKNOWN, name: "n" })).toEqual({
      image: { kind: "update", replaces: true },
    });
  });

  it("keeps an option without a value in a map apart from no option", () => {
    expect(diff({ tmpfs: { "/tmp": "" }, name: "n" }, { name: "n" })).toEqual({
      tmpfs: { kind: "delete", replaces: false },
    });
  });

  it("deletes first when both would bear the name the program gave", () => {
    const spec = { ...CONTAINER_SPEC, deleteBeforeReplace: false };
    const named = check({ name: "mine" }).inputs;
    const automatic = check({}).inputs;
    expect(deletesBeforeReplace(spec, named, named)).toBe(true);
    expect(deletesBeforeReplace(spec, automatic, automatic)).toBe(false);
    expect(deletesBeforeReplace(CONTAINER_SPEC, automatic, automatic)).toBe(true);
  });
});

describe("recorded state", () => {
  const inputs: Properties = {
    name: "n",
    uploads: [{ file: "/k", content: new Secret("s3cret") }],
    envs: ["B=2", "A=1"],
  };

  it("makes a whole property secret when a part of it is", () => {
    const state = recordedState(CONTAINER_SPEC, reveal(inputs) as object, inputs);
    expect(state.uploads).toEqual(new Secret([{ file: "/k", content: "s3cret" }]));
    expect(state.envs).toEqual(["B=2", "A=1"]);
  });

  it("keeps the spelling of what did not change", () => {
    expect(recordedState(CONTAINER_SPEC, { envs: ["A=1", "B=2"] }, inputs).envs).toEqual(["B=2", "A=1"]);
  });

  it("finds secrets that come back in another property", () => {
    const state = { containerLogs: "it is s3cret", uploads: new Secret("s3cret"), name: "n" };
    expect(leakingProperties(state, secretTexts(inputs))).toEqual(["containerLogs"]);
  });

  it("shows computed properties as unknown in a preview, secret ones as secret", () => {
    const preview = previewedState(randomPassword.spec, { length: 8 });
    expect(preview.length).toBe(8);
    expect(preview.result).toEqual(new Secret(UNKNOWN));
    expect(previewedState(CONTAINER_SPEC, inputs)).toMatchObject({ exitCode: UNKNOWN, hostname: UNKNOWN, name: "n" });
  });

  it("takes over drift into the inputs, and only drift", () => {
    const old = { mustRun: true, envs: ["B=2", "A=1"], [DEFAULTS_KEY]: ["mustRun"] };
    expect(refreshedInputs(CONTAINER_SPEC, old, { mustRun: false, envs: ["A=1", "B=2"] })).toEqual({
      ...old,
      mustRun: false,
    });
  });

  it("drops what the program no longer says", () => {
    const state = { memorySwap: 64, hostname: "h", exitCode: 0, name: "n" };
    expect(updatedState(CONTAINER_SPEC, state, { name: "n" })).toEqual({ hostname: "h", exitCode: 0, name: "n" });
  });
});

describe("random text", () => {
  const RULES: TextRules = {
    ...{ length: 40, lower: true, upper: true, numeric: true, special: true },
    ...{ minLower: 3, minUpper: 4, minNumeric: 5, minSpecial: 6, overrideSpecial: "_-" },
  };
  const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

  it("has the required number of each class", () => {
    for (let round = 0; round < 50; round++) {
      const text = randomText(RULES);
      expect(text).toMatch(/^[A-Za-z0-9_-]{40}$/);
      expect(count(text, /[a-z]/g)).toBeGreaterThanOrEqual(3);
      expect(count(text, /[A-Z]/g)).toBeGreaterThanOrEqual(4);
      expect(count(text, /\d/g)).toBeGreaterThanOrEqual(5);
      expect(count(text, /[_-]/g)).toBeGreaterThanOrEqual(6);
    }
  });

  it("spreads evenly over the characters and the positions", () => {
    const digits = {
      ...RULES,
      lower: false,
      upper: false,
      special: false,
      minLower: 0,
      minUpper: 0,
      minSpecial: 0,
      minNumeric: 0,
    };
    const text = randomText({ ...digits, length: 100_000 });
    for (const digit of "0123456789") expect(Math.abs(count(text, new RegExp(digit, "g")) - 10_000)).toBeLessThan(600);
    const first = Array.from(
      { length: 2000 },
      () => randomText({ ...digits, length: 2, lower: true, minNumeric: 1 })[0] ?? "",
    ).join("");
    expect(count(first, /\d/g)).toBeGreaterThan(1000);
    expect(count(first, /[a-z]/g)).toBeGreaterThan(500);
  });

  it("asks for every choice within its bounds", () => {
    const bounds: number[] = [];
    const last = (below: number) => bounds.push(below) && below - 1;
    expect(randomText({ ...RULES, length: 18 }, last)).toBe("zzzZZZZ99999------");
    expect(Math.max(...bounds)).toBe(26);
  });

  it("refuses rules that contradict each other", () => {
    expect(() => randomText({ ...RULES, length: 17 })).toThrow("length is 17, but the minimums need 18 characters");
    expect(() => randomText({ ...RULES, length: 0 })).toThrow("at least 1");
  });

  it("never uses a password as an id", async () => {
    const { id, state } = await randomPassword.create({ ...RULES }, CALL);
    expect(id).toBe("none");
    expect(state).toMatchObject({ numeric: true, result: expect.any(String) });
  });
});

const warnings: string[] = [];
const CALL: Call = { signal: new AbortController().signal, warn: (message) => warnings.push(message) };

async function newKey(algorithm: string, ecdsaCurve?: string) {
  const { state } = await privateKey.create({ algorithm, ...(ecdsaCurve && { ecdsaCurve }) }, CALL);
  return state as { privateKeyPem: string; privateKeyPemPkcs8: string; publicKeyPem: string };
}

const CA = {
  ...{ isCaCertificate: true, allowedUses: ["cert_signing", "crl_signing"], validityPeriodHours: 48 },
  subject: { commonName: 'Root "one"', organization: "Zürich" },
};

async function newAuthority(more: object = {}) {
  const key = await newKey("ECDSA", "P384");
  const { state } = await selfSignedCert.create({ ...CA, ...more, privateKeyPem: key.privateKeyPem }, CALL);
  return { key, pem: state.certPem, certificate: new X509Certificate(state.certPem), state };
}

async function newLeaf(authority: Awaited<ReturnType<typeof newAuthority>>, request: object, more: object = {}) {
  const key = await newKey("ED25519");
  const { state: csr } = await certRequest.create({ privateKeyPem: key.privateKeyPem, ...request }, CALL);
  const inputs = {
    ...{ caCertPem: authority.pem, caPrivateKeyPem: authority.key.privateKeyPem, validityPeriodHours: 24 },
    ...{
      certRequestPem: (csr as { certRequestPem: string }).certRequestPem,
      allowedUses: ["digital_signature", "server_auth"],
    },
  };
  const { id, state } = await locallySignedCert.create({ ...inputs, ...more }, CALL);
  return { id, state, key, certificate: new X509Certificate(state.certPem) };
}

/** Object identifiers as they stand in the certificate. */
const OID = {
  keyUsage: "551d0f",
  extendedKeyUsage: "551d25",
  authorityKeyId: "551d23",
  subjectKeyId: "551d0e",
  names: "551d11",
};
const CRITICAL = "0101ff";
const BASIC_CONSTRAINTS_OF_A_LEAF = "0603551d130101ff04023000";

function der(certificate: X509Certificate): string {
  return certificate.raw.toString("hex");
}

describe("certificates", () => {
  it("come with private keys in the formats of the official plugin", async () => {
    const key = await newKey("ECDSA", "P256");
    expect(key.privateKeyPem).toMatch(/^-----BEGIN EC PRIVATE KEY-----\n/);
    expect(key.privateKeyPemPkcs8).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(createPrivateKey(key.privateKeyPem).equals(createPrivateKey(key.privateKeyPemPkcs8))).toBe(true);
    expect((await newKey("RSA")).privateKeyPem).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
  });

  it("of an authority carry the path length, and the key identifiers", async () => {
    const { certificate, state } = await newAuthority({ maxPathLength: 1, setAuthorityKeyId: true });
    expect(certificate.ca).toBe(true);
    expect(certificate.subject).toBe('O=Zürich\nCN=Root \\"one\\"');
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    // SEQUENCE { BOOLEAN TRUE, INTEGER 1 }
    expect(der(certificate)).toContain("30060101ff020101");
    expect(der(certificate)).toContain(OID.subjectKeyId);
    expect(der(certificate)).toContain(OID.authorityKeyId);
    expect(state).toMatchObject({ keyAlgorithm: "ECDSA", readyForRenewal: false });
  });

  it("lose a path length of 0, as with the official plugin, with a warning", async () => {
    const { certificate } = await newAuthority({ maxPathLength: 0 });
    expect(der(certificate)).toContain("30030101ff");
    expect(warnings.join()).toContain("maxPathLength 0");
  });

  it("of a leaf carry names, uses and the issuer's key, but no authority", async () => {
    const authority = await newAuthority();
    const names = { dnsNames: ["a.internal"], ipAddresses: ["127.0.0.1", "::1"], uris: ["spiffe://zt/a"] };
    const { certificate, id, state } = await newLeaf(authority, { ...names, subject: { commonName: "a" } });
    expect(certificate.checkIssued(authority.certificate)).toBe(true);
    expect(certificate.verify(authority.certificate.publicKey)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.subjectAltName).toBe(
      "DNS:a.internal, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, URI:spiffe://zt/a",
    );
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(BigInt(`0x${certificate.serialNumber}`).toString()).toBe(id);
    expect(der(certificate)).toContain(BASIC_CONSTRAINTS_OF_A_LEAF);
    expect(der(certificate)).toContain(`${OID.keyUsage}${CRITICAL}`);
    expect(der(certificate)).not.toContain(`${OID.extendedKeyUsage}${CRITICAL}`);
    expect(der(certificate)).not.toContain(`${OID.names}${CRITICAL}`);
    expect(der(certificate)).not.toContain(OID.subjectKeyId);
    expect(state).toMatchObject({ caKeyAlgorithm: "ECDSA" });
  });

  it("without a subject mark their names as critical", async () => {
    const { certificate } = await newLeaf(await newAuthority(), { uris: ["spiffe://zt/a"] });
    expect(der(certificate)).toContain(`${OID.names}${CRITICAL}`);
  });

  it("are valid from this second for the hours asked", async () => {
    const { certificate, state } = await newLeaf(await newAuthority(), { dnsNames: ["a"] });
    const [from, to] = [Date.parse(state.validityStartTime), Date.parse(state.validityEndTime)];
    expect(Math.abs(from - Date.now())).toBeLessThan(5000);
    expect(to - from).toBe(24 * 3_600_000);
    expect(Date.parse(certificate.validFrom)).toBe(Math.floor(from / 1000) * 1000);
  });

  it("are refused for a key that is not the issuer's, and for broken input, without repeating it", async () => {
    const [authority, other] = [await newAuthority(), await newAuthority()];
    const mixed = newLeaf(authority, { dnsNames: ["a"] }, { caPrivateKeyPem: other.key.privateKeyPem });
    await expect(mixed).rejects.toThrow("caPrivateKeyPem is not the private key of caCertPem");
    const broken = newLeaf(authority, { dnsNames: ["a"] }, { caPrivateKeyPem: "-----BEGIN s3cret" });
    await expect(broken).rejects.toThrow(/^caPrivateKeyPem is not a private key in PEM format$/);
    await expect(newAuthority({ subject: undefined })).rejects.toThrow("at least one Distinguished Name");
    await expect(newLeaf(authority, { ipAddresses: ["10.0.0.999"] })).rejects.toThrow(
      '"10.0.0.999" is not an IP address',
    );
  });

  it("know only the uses the official plugin knows", () => {
    const inputs = { ...CA, privateKeyPem: "x", allowedUses: ["serverAuth", "cert_signing"] };
    const { failures } = checkInputs(selfSignedCert.spec, inputs, undefined, NAMING);
    expect(failures.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^allowedUses has no use called serverAuth; there are any_extended, /),
    ]);
  });
});

describe("early renewal", () => {
  const end = "2030-01-02T00:00:00Z";

  it("begins the given hours before the end", () => {
    expect(isDue(end, 8, Date.parse("2030-01-01T15:59:59Z"))).toBe(false);
    expect(isDue(end, 8, Date.parse("2030-01-01T16:00:00Z"))).toBe(true);
    expect(isDue(end, 0, Date.parse("2030-01-01T23:59:59Z"))).toBe(false);
    expect(isDue(end, 0, Date.parse(end))).toBe(true);
  });

  it("replaces a certificate that is due, and leaves one that is not", () => {
    const state = {
      certPem: "",
      validityStartTime: end,
      validityEndTime: new Date(Date.now() + 7 * 3_600_000).toISOString(),
      readyForRenewal: false,
    };
    const due = (earlyRenewalHours: number) => selfSignedCert.due?.(state, { ...CA, earlyRenewalHours });
    expect(due(6)?.size).toBe(0);
    expect(due(8)?.get("readyForRenewal")).toEqual({ kind: "update", replaces: true });
    expect(selfSignedCert.due?.({ ...state, readyForRenewal: true }, CA)?.size).toBe(1);
  });
});

describe("container options", () => {
  const BASE = { image: "app", name: "n" };

  it("convert units and keep 'no limit'", () => {
    const { HostConfig } = createOptions({ ...BASE, memory: 64, memorySwap: -1, shmSize: 16, cpus: "0.5" }, 1.41).body;
    expect(HostConfig).toMatchObject({
      Memory: 67_108_864,
      MemorySwap: -1,
      ShmSize: 16_777_216,
      NanoCpus: 500_000_000,
    });
  });

  it("spell capabilities in full and leave out what is not given", () => {
    const { HostConfig, ...config } = createOptions(
      { ...BASE, capabilities: { adds: ["chown", "CAP_CHOWN"], drops: ["ALL"] } },
      1.41,
    ).body;
    expect(HostConfig).toMatchObject({ CapAdd: ["CAP_CHOWN"], CapDrop: ["ALL"] });
    expect(config).toEqual({ Image: "app", Hostname: "", Domainname: "", Tty: false, OpenStdin: false });
  });

  it("put volumes, ports and the health check where the engine looks", () => {
    const { body } = createOptions(
      {
        ...BASE,
        volumes: [{ volumeName: "v", containerPath: "/v", readOnly: true }],
        ports: [{ internal: 80, external: 8080, ip: "127.0.0.1" }],
        healthcheck: { tests: ["CMD", "x"], interval: "1m30s" },
      },
      1.41,
    );
    expect(body.HostConfig?.Binds).toEqual(["v:/v:ro"]);
    expect(body.HostConfig?.PortBindings).toEqual({ "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "8080" }] });
    expect(body.Healthcheck).toEqual({ Test: ["CMD", "x"], Interval: 90e9, Timeout: 0, StartPeriod: 0, Retries: 0 });
  });

  it("refuse volume options on an old engine, as the official plugin does", () => {
    const mounts = [{ type: "volume", target: "/v", volumeOptions: { noCopy: true } }];
    expect(() => createOptions({ ...BASE, mounts }, 1.41)).toThrow("requires docker version 1.45 or higher");
    expect(() => createOptions({ ...BASE, mounts }, 1.45)).not.toThrow();
  });
});

describe("engine spellings", () => {
  it.each([
    ["1m30s", 90e9, "1m30s"],
    ["60s", 60e9, "1m0s"],
    ["2h", 7200e9, "2h0m0s"],
    ["1500ms", 1.5e9, "1.5s"],
    ["500ms", 5e8, "500ms"],
    ["0", 0, "0s"],
  ])("reads the duration %s and writes it as Go does", (text, nanoseconds, written) => {
    expect(parseDuration(text)).toBe(nanoseconds);
    expect(formatDuration(nanoseconds)).toBe(written);
  });

  it.each(["", "soon", "5", "1m x", "-1s"])("takes %j for no duration", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it("joins the pieces of a log", () => {
    const piece = (stream: number, text: string) =>
      Buffer.concat([Buffer.from([stream, 0, 0, 0, 0, 0, 0, text.length]), Buffer.from(text)]);
    expect(plainLog(Buffer.concat([piece(1, "out\n"), piece(2, "err\n")]), false)).toBe("out\nerr\n");
    expect(plainLog(Buffer.from("raw"), true)).toBe("raw");
  });
});

describe("installing", () => {
  it("writes an executable for each SDK that is installed, and nothing the second time", async () => {
    const home = await mkdtemp(join(tmpdir(), "stand-ins-"));
    try {
      const plugins = await installStandIns(home);
      expect(plugins.map(({ name }) => name)).toEqual(["docker", "kubernetes", "random", "tls"]);
      expect(await installStandIns(home)).toEqual(plugins);
      for (const { name, version, path } of plugins) {
        expect(path).toBe(join(home, "plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`));
        expect(await readFile(path, "utf8")).toMatch(/^#!\/bin\/sh\nexec node "\//);
      }
    } finally {
      await rm(home, { recursive: true });
    }
  });

  it("refuses a version the stand-in was not written for", () => {
    expect(() => assertWrittenFor("docker", "5.2.9")).not.toThrow();
    expect(() => assertWrittenFor("docker", "5.20.0")).toThrow(
      "@pulumi/docker is 5.20.0, but the stand-in was written for 5.2",
    );
  });
});
