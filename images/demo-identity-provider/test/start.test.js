import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "node:tls";
import { clientId, issuer, newPair, publishPair, startServer, users, waitFor, writeFiles } from "./fixtures.js";
import { newBrowser } from "./flow.js";

async function expectRefusal(overrides, message, spoil = () => {}) {
  const directory = writeFiles(overrides);
  spoil(directory);
  try {
    const server = await startServer(directory);
    await server.stop();
    assert.fail("it started");
  } catch (error) {
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /SECRET|\bat .*\.js:/);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const foreignIssuers = [
  "https://login.example.com/demo-identity",
  "https://localhost.example.com",
  "https://notlocalhost",
  "https://10.0.0.5",
  "https://127.0.0.1.example.com",
  "https://localhost@example.com",
  "http://localhost:8443",
  "https://localhost:8443/",
  "https://localhost:8443/a?b=c",
  "https://LOCALHOST:8443",
  "localhost",
];
for (const wrong of foreignIssuers) {
  test(`refuses the issuer ${wrong}`, () =>
    expectRefusal({ config: { issuer: wrong } }, /config\.json: issuer must be/));
}

for (const name of [
  "client-secret",
  "cookie-key",
  "users.json",
  "config.json",
  "signing-key.pem",
  "tls.crt",
  "tls.key",
]) {
  test(`names ${name} when it is missing`, () =>
    expectRefusal({}, new RegExp(name.replace(".", "\\.")), (directory) => rmSync(join(directory, name))));
}

const withUser = (change) => ({ files: { "users.json": JSON.stringify([{ ...users[1], ...change }]) } });
const withMachine = (change) => ({ config: { machineClients: [{ clientId: "robot", audience: "a", ...change }] } });
const wrongFiles = [
  ["users that are not JSON", { files: { "users.json": "SECRET" } }, /users\.json: is not valid JSON/],
  ["no users", { files: { "users.json": "[]" } }, /users\.json: must be a list/],
  ["groups as a text", withUser({ groups: "SECRET" }), /users\.json: user 1: groups/],
  ["an empty password", withUser({ password: "" }), /users\.json: user 1: password/],
  ["a bad one-time secret", withUser({ totp: "SECRET-0189-SECRET" }), /users\.json: user 1: totp/],
  ["an email twice", { files: { "users.json": JSON.stringify([users[1], users[1]]) } }, /email appears twice/],
  ["a short cookie key", { files: { "cookie-key": "SECRET" } }, /cookie-key: must have at least/],
  ["a signing key that is none", { files: { "signing-key.pem": "SECRET" } }, /signing-key\.pem: is not a private key/],
  ["a port that is none", { config: { listen: { host: "127.0.0.1", port: "8443" } } }, /listen\.port/],
  ["no redirect address", { config: { redirectUris: [] } }, /redirectUris/],
  ["a rotation that is neither", { config: { rotateRefreshTokens: "yes" } }, /rotateRefreshTokens must be true or/],
  ["a machine without an audience", withMachine({ audience: "" }), /machine client 1: audience is required/],
  ["a machine whose name is a path", withMachine({ clientId: "../SECRET" }), /machine client 1: clientId must be of/],
  ["a machine with the application's name", withMachine({ clientId }), /machine client 1: clientId appears twice/],
  ["a machine without a secret", withMachine({}), /machine-client-robot: cannot be read/],
  ["a lifetime of zero", { config: { tokenLifetimeSeconds: 0 } }, /tokenLifetimeSeconds/],
];
for (const [what, overrides, message] of wrongFiles) {
  test(`refuses ${what}`, () => expectRefusal(overrides, message));
}

test("refuses an RSA signing key", () =>
  expectRefusal({}, /signing-key\.pem: must be an EC P-256 key/, (directory) =>
    execFileSync("openssl", ["genrsa", "-out", join(directory, "signing-key.pem"), "2048"], { stdio: "pipe" }),
  ));

test("takes a PKCS8 key, an issuer without a path and other loopback names", async () => {
  for (const origin of [
    "https://localhost:8443",
    "https://idp.localhost",
    "https://127.0.0.1:8443",
    "https://[::1]:1",
  ]) {
    const directory = writeFiles({ config: { issuer: origin } });
    const key = join(directory, "signing-key.pem");
    writeFileSync(key, execFileSync("openssl", ["pkcs8", "-topk8", "-nocrypt", "-in", key]));
    const server = await startServer(directory);
    const browser = newBrowser(server.port, readFileSync(join(directory, "tls.crt")));
    const { text } = await browser.get("/.well-known/openid-configuration");
    assert.equal(JSON.parse(text).token_endpoint, `${origin}/token`);
    await server.stop();
    rmSync(directory, { recursive: true });
  }
});

test("new TLS files are served without a restart, a bad pair is not", async () => {
  const directory = writeFiles();
  const first = readFileSync(join(directory, "tls.crt"));
  const server = await startServer(directory);
  const served = async (ca) => (await newBrowser(server.port, ca).get(`${issuer}/healthz`)).certificate.fingerprint256;
  const reloads = (result) => server.events.filter((event) => event.event === "tls-reload" && event.result === result);
  try {
    const before = await served(first);

    publishPair(directory, { cert: newPair(directory).cert, key: newPair(directory).key });
    await waitFor(() => reloads("kept the old pair").length === 1, "the bad pair was noticed");
    assert.equal(await served(first), before);

    const next = newPair(directory);
    publishPair(directory, next);
    await waitFor(() => reloads("ok").length === 1, "the new pair was taken up");
    assert.notEqual(await served(next.cert), before);
    await assert.rejects(tls12(server.port, next.cert), /protocol version|EPROTO|alert/);
    assert.ok(!server.output.join("\n").includes("PRIVATE"));
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true });
  }
});

function tls12(port, ca) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", ca, servername: "localhost", maxVersion: "TLSv1.2" }, () => {
      socket.destroy();
      resolve();
    });
    socket.on("error", reject);
  });
}
