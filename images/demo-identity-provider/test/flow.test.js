import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { totpOf } from "../src/totp.js";
import { afterSignOut, clientId, issuer, startServer, totpSecret, users, writeFiles } from "./fixtures.js";
import { codeOf, exchange, machineToken, newBrowser, openSignIn, refresh, signIn, submit, verify } from "./flow.js";

const alice = { email: "alice@example.test", password: users[0].password };
const bob = { email: users[1].email, password: users[1].password };
/** Each code is good once: the first sign-in takes the code of now, the second the next one. */
const steps = [0, 1];
const nextCode = () => totpOf(totpSecret).generate({ timestamp: Date.now() + steps.shift() * 30_000 });

let directory;
let server;
let ca;
const browserForTest = () => newBrowser(server.port, ca);

before(async () => {
  directory = writeFiles();
  ca = readFileSync(join(directory, "tls.crt"));
  server = await startServer(directory);
});

after(async () => {
  const { code } = await server.stop();
  rmSync(directory, { recursive: true });
  assert.equal(code, 0);
});

test("everything is under the issuer's path", async () => {
  const browser = browserForTest();
  const discovery = JSON.parse((await browser.get(`${issuer}/.well-known/openid-configuration`)).text);
  assert.equal(discovery.issuer, issuer);
  const endpoints = {
    authorization_endpoint: "/auth",
    token_endpoint: "/token",
    jwks_uri: "/jwks",
    end_session_endpoint: "/session/end",
  };
  for (const [name, path] of Object.entries(endpoints)) assert.equal(discovery[name], issuer + path);
  for (const [name, value] of Object.entries(discovery)) {
    if (/_(endpoint|uri)$/.test(name)) assert.ok(value.startsWith(`${issuer}/`), `${name}: ${value}`);
  }
  assert.deepEqual(discovery.id_token_signing_alg_values_supported, ["ES256"]);
  for (const path of ["/", "/auth", "/jwks", "/.well-known/openid-configuration", "/demo-identityx/jwks"]) {
    assert.equal((await browser.get(path)).status, 404, path);
  }
});

test("addresses come from the issuer, not from the request", async () => {
  const headers = { host: "evil.test", "x-forwarded-host": "evil.test", "x-forwarded-proto": "http" };
  const { text } = await browserForTest().get(`${issuer}/.well-known/openid-configuration`, headers);
  assert.equal(JSON.parse(text).token_endpoint, `${issuer}/token`);
});

test("health", async () => {
  const answer = await browserForTest().get(`${issuer}/healthz`);
  assert.equal(answer.status, 200);
  assert.deepEqual(JSON.parse(answer.text), { ready: true });
});

test("no private part in the published keys", async () => {
  const { keys } = JSON.parse((await browserForTest().get(`${issuer}/jwks`)).text);
  assert.equal(keys.length, 1);
  assert.deepEqual(Object.keys(keys[0]).sort(), ["alg", "crv", "kid", "kty", "use", "x", "y"]);
});

test("sign-in page", async () => {
  const { page } = await openSignIn(browserForTest(), { login_hint: '"><b>' });
  assert.equal(page.status, 200);
  for (const part of [
    "<h1>Sign in</h1>",
    "Demo identity provider. For this machine only.",
    'autocomplete="username"',
  ]) {
    assert.ok(page.text.includes(part), part);
  }
  for (const part of [
    'autocomplete="current-password"',
    'autocomplete="one-time-code"',
    'value="&quot;&gt;&lt;b&gt;"',
  ]) {
    assert.ok(page.text.includes(part), part);
  }
  assert.ok(!page.text.includes("<script"));
  assert.equal(page.headers["cache-control"], "no-store");
  assert.match(page.headers["content-security-policy"], /default-src 'none'.*frame-ancestors 'none'/);
});

test("cookies are secure and stay under the issuer's path", async () => {
  const browser = browserForTest();
  const { url } = await openSignIn(browser);
  await submit(browser, { url }, bob);
  assert.ok(browser.cookies.some(({ name }) => name === "demo_identity_session"));
  for (const { name, path, attributes } of browser.cookies) {
    const lower = attributes.map((attribute) => attribute.toLowerCase());
    assert.ok(path.startsWith("/demo-identity"), `${name}: ${path}`);
    for (const wanted of ["secure", "httponly", "samesite=lax"])
      assert.ok(lower.includes(wanted), `${name}: ${wanted}`);
  }
});

test("a user without a second factor", async () => {
  const browser = browserForTest();
  const tokens = await signIn(browser, bob);
  assert.equal(tokens.status, 200);
  assert.equal(tokens.expires_in, 600);
  assert.ok(tokens.refresh_token);
  const { payload, protectedHeader } = await verify(browser, tokens.id_token);
  assert.equal(protectedHeader.alg, "ES256");
  assert.equal(payload.email, "bob@example.test");
  assert.equal(payload.email_verified, true);
  assert.equal(payload.name, "Bob <b>");
  assert.deepEqual(payload.groups, ["viewers", "everyone"]);
  assert.deepEqual(payload.amr, ["pwd"]);
  assert.equal(payload.acr, "pwd");
  assert.ok(payload.sid);
  assert.ok(Math.abs(payload.auth_time - Date.now() / 1000) < 60);
  assert.equal(payload.exp - payload.iat, 600);
  assert.match(payload.sub, /^[0-9a-f]{32}$/);
});

test("a user with a second factor", async () => {
  const browser = browserForTest();
  const code = nextCode();
  const tokens = await signIn(browser, { ...alice, email: " ALICE@example.test ", code });
  const { payload } = await verify(browser, tokens.id_token);
  assert.deepEqual(payload.amr, ["pwd", "otp", "mfa"]);
  assert.equal(payload.acr, "mfa");
  assert.equal(payload.email, "alice@example.test");

  const again = await submit(browserForTest(), await openSignIn(browserForTest()), { ...alice, code });
  assert.equal(again.status, 400, "a form of another browser");
  for (const wrong of [code, "", "000000", "abc"]) {
    const other = browserForTest();
    const answer = await submit(other, await openSignIn(other), { ...alice, code: wrong });
    assert.equal(answer.status, 401, `code "${wrong}"`);
  }
});

test("refresh keeps the claims and the refresh token, and works in parallel", async () => {
  const browser = browserForTest();
  const tokens = await signIn(browser, { ...alice, code: nextCode() });
  const before = (await verify(browser, tokens.id_token)).payload;
  const answers = await Promise.all([1, 2, 3].map(() => refresh(browser, tokens.refresh_token)));
  for (const answer of answers) {
    assert.equal(answer.status, 200);
    assert.ok([undefined, tokens.refresh_token].includes(answer.refresh_token));
    const { payload } = await verify(browser, answer.id_token);
    for (const claim of ["sub", "email", "name", "groups", "amr", "acr", "auth_time", "sid"]) {
      assert.deepEqual(payload[claim], before[claim], claim);
    }
  }
});

test("a second sign-in in the same browser needs no form", async () => {
  const browser = browserForTest();
  const first = (await verify(browser, (await signIn(browser, bob)).id_token)).payload;
  for (const more of [{}, { prompt: "consent" }, { prompt: "none" }]) {
    const { page, verifier } = await openSignIn(browser, more);
    const tokens = await exchange(browser, codeOf(page), verifier);
    const { payload } = await verify(browser, tokens.id_token);
    assert.equal(payload.sid, first.sid);
  }
  const { page } = await openSignIn(browser, { prompt: "login" });
  assert.ok(page.text.includes("<h1>Sign in</h1>"));
});

test("a wrong password shows the form again", async () => {
  const browser = browserForTest();
  const started = await openSignIn(browser);
  const answer = await submit(browser, started, { email: bob.email, password: "not it" });
  assert.equal(answer.status, 401);
  assert.ok(answer.text.includes('role="alert"'));
  assert.ok(answer.text.includes(`value="${bob.email}"`));
  assert.ok(!answer.text.includes("not it"));
  const stranger = await submit(browser, started, { email: "nobody@example.test", password: "" });
  assert.equal(stranger.status, 401);
  assert.ok(codeOf(await submit(browser, started, bob)), "the same form still works");
});

test("ten wrong tries lock an account", async () => {
  const browser = browserForTest();
  const started = await openSignIn(browser);
  const wrong = { email: "Carol@example.test", password: "x" };
  for (let attempt = 0; attempt < 10; attempt++) assert.equal((await submit(browser, started, wrong)).status, 401);
  const locked = await submit(browser, started, wrong);
  assert.equal(locked.status, 429);
  assert.ok(Number(locked.headers["retry-after"]) > 0);
  assert.ok(codeOf(await submit(browser, started, bob)), "other accounts go on");
});

test("no machine signs in where none is named", async () => {
  const answer = await machineToken(browserForTest(), { id: "robot", secret: "secret-of-the-robot" });
  assert.equal(answer.error, "invalid_client");
  const { text } = await browserForTest().get(`${issuer}/.well-known/openid-configuration`);
  assert.ok(!JSON.parse(text).grant_types_supported.includes("client_credentials"));
});

test("what the token endpoint refuses", async () => {
  const browser = browserForTest();
  const started = await openSignIn(browser);
  const code = codeOf(await submit(browser, started, bob));
  assert.equal((await exchange(browser, code, "A".repeat(43))).error, "invalid_grant", "other verifier");
  const again = await openSignIn(browser);
  const answer = await exchange(browser, codeOf(again.page), again.verifier);
  assert.equal(answer.status, 200);
  assert.equal((await exchange(browser, codeOf(again.page), again.verifier)).error, "invalid_grant", "used code");
  assert.equal((await refresh(browser, answer.refresh_token)).error, "invalid_grant", "its refresh token is gone too");
});

test("an unregistered redirect address gets an error page", async () => {
  const { page } = await openSignIn(browserForTest(), { redirect_uri: "https://localhost:8443/<b>" });
  assert.equal(page.status, 400);
  assert.ok(page.text.includes("Something went wrong"));
  assert.match(page.headers["content-security-policy"], /default-src 'none'/);
});

test("sign-out goes back to the application and ends the refresh token", async () => {
  const browser = browserForTest();
  const tokens = await signIn(browser, bob);
  const parameters = new URLSearchParams({
    id_token_hint: tokens.id_token,
    client_id: clientId,
    post_logout_redirect_uri: afterSignOut,
  });
  const page = await browser.get(`${issuer}/session/end?${parameters}`);
  assert.equal(page.status, 200);
  assert.ok(page.text.includes("<h1>Sign out</h1>"));
  const [, action] = page.text.match(/action="([^"]+)"/);
  const [, xsrf] = page.text.match(/name="xsrf" value="([^"]+)"/);
  assert.ok(action.startsWith(`${issuer}/`));
  const answer = await browser.post(action, { xsrf, logout: "yes" });
  assert.equal(answer.location, afterSignOut);
  assert.equal((await refresh(browser, tokens.refresh_token)).error, "invalid_grant");
  const { page: next } = await openSignIn(browser);
  assert.ok(next.text.includes("<h1>Sign in</h1>"));

  const nobody = await browser.get(`${issuer}/session/end?${parameters}`);
  assert.match(
    nobody.headers["content-security-policy"],
    /script-src 'sha256-/,
    "the page that submits itself may run",
  );
});

test("the log tells who signed in and how, and no secret", async () => {
  const of = (result) => server.events.filter((event) => event.event === "sign-in" && event.result === result);
  assert.ok(of("ok").some(({ email, amr }) => email === "alice@example.test" && amr.includes("mfa")));
  assert.ok(of("wrong").some(({ email }) => email === "(unknown)"));
  assert.equal(of("locked").length, 1);
  const text = server.output.join("\n");
  for (const secret of [alice.password, bob.password, totpSecret, "not it", "nobody@example.test"]) {
    assert.ok(!text.includes(secret), "a secret is in the log");
  }
});
