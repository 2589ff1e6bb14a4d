import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { KeyRotation } from "../src/key-rotation.js";
import { issuer, newSigningKey, startServer, users, waitFor, writeFiles } from "./fixtures.js";
import { newBrowser, refresh, signIn, verify } from "./flow.js";

const bob = { email: users[1].email, password: users[1].password };

async function withServer(overrides, body) {
  const directory = writeFiles(overrides);
  const server = await startServer(directory);
  const browser = newBrowser(server.port, readFileSync(join(directory, "tls.crt")));
  try {
    await body({ directory, server, browser });
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true });
  }
}

test("a new signing key signs without a restart, and what the old one signed stays good", () =>
  withServer({}, async ({ directory, server, browser }) => {
    const before = await signIn(browser, bob);
    const first = (await verify(browser, before.id_token)).protectedHeader.kid;
    const told = (result) =>
      server.events.filter((one) => one.event === "signing-keys" && one.result === result).length;

    writeFileSync(join(directory, "signing-key.pem"), "SECRET");
    await waitFor(() => told("kept the old keys") === 1, "the bad key was noticed");
    assert.equal(
      (await verify(browser, (await refresh(browser, before.refresh_token)).id_token)).protectedHeader.kid,
      first,
    );

    newSigningKey(directory);
    await waitFor(() => told("ok") === 1, "the new key was taken up");
    const after = await refresh(browser, before.refresh_token);
    assert.equal(after.status, 200, "the session outlives the key");
    assert.notEqual((await verify(browser, after.id_token)).protectedHeader.kid, first);
    assert.equal((await verify(browser, before.id_token)).protectedHeader.kid, first);
    assert.ok(!server.output.join("\n").includes("PRIVATE"));
    assert.ok(!server.output.join("\n").includes("SECRET"));
  }));

test("a key that left the file is published for as long as what it signed is good", () => {
  const directory = writeFiles();
  const [a, b] = [newSigningKey(directory), newSigningKey(directory)];
  rmSync(directory, { recursive: true });
  const start = 1_800_000_000_000;
  const keys = new KeyRotation(a, 660);
  const kids = () => keys.jwks.keys.map(({ kid }) => kid);
  const [first] = kids();
  assert.equal(keys.update(a, start), false);
  assert.equal(keys.update(b, start), true);
  assert.equal(kids().length, 2);
  assert.notEqual(kids()[0], first, "the new one signs");
  assert.equal(keys.update(b, start + 659_000), false);
  assert.equal(keys.update(b, start + 660_000), true);
  assert.deepEqual(kids().includes(first), false);
  assert.equal(keys.update(`${a}${b}`, start + 700_000), true, "a file may name more than one");
  assert.equal(kids()[0], first);
  assert.throws(() => keys.update(`${a}${a}`, start + 700_000), /same key twice/);
  assert.equal(kids().length, 2);
});

test("rotated refresh tokens: a used one that comes again ends the session", () =>
  withServer({ config: { rotateRefreshTokens: true, tokenLifetimeSeconds: 20 } }, async ({ browser }) => {
    const first = await signIn(browser, bob);
    assert.equal(first.expires_in, 20);
    const { sid } = (await verify(browser, first.id_token)).payload;
    const second = await refresh(browser, first.refresh_token);
    assert.equal(second.status, 200);
    assert.notEqual(second.refresh_token, first.refresh_token);
    assert.equal((await verify(browser, second.id_token)).payload.sid, sid);
    assert.equal((await refresh(browser, first.refresh_token)).error, "invalid_grant");
    assert.equal((await refresh(browser, second.refresh_token)).error, "invalid_grant", "the good one is gone too");
    assert.equal((await browser.get(`${issuer}/healthz`)).status, 200);
  }));
