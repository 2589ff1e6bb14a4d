import assert from "node:assert/strict";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { type Answer, ask, type Browser, follow } from "../../testbed/client/http";
import { OpenClawClient } from "../../testbed/client/openclaw";
import { describe as describeAnswer, signIn } from "../../testbed/client/sign-in";
import { sleep } from "../../testbed/sleep";
import { walkToCallback } from "../conformance/login";
import { CompanyProxy } from "./support/company-proxy";
import { container, inspect, mustDocker } from "./support/docker";
import { People } from "./support/people";
import { programToken } from "./support/programs";
import { ORIGIN, pulumi, testbed, up } from "./support/stack";
import { within } from "./support/within";

const SCOPES = ["operator.read", "operator.write", "operator.approvals"];
/** What a Control UI asks for. */
const WANTED = ["operator.admin", ...SCOPES];
const NO_ROLE = /You are signed in, but have no role here\. Ask whoever runs this OpenClaw\./;
/** So many requests a page makes at once. */
const TOGETHER = 6;
/** Short, so that a test can wait for a refresh; oauth2-proxy refreshes after half of it. */
const TOKEN_SECONDS = 10;
/** Long enough for a program's token to outlive a deployment. */
const LONGER_TOKEN_SECONDS = 90;
/** The guard asks for the provider's keys every half minute. */
const KEYS_KNOWN_MS = 60_000;

/** One program with a role of its own, and one that nobody named. */
const PROGRAMS = {
  "demo.machineClients[0].clientId": "nightly-report",
  "demo.machineClients[0].audience": "openclaw",
  "demo.machineClients[1].clientId": "somebody-elses",
  "demo.machineClients[1].audience": "openclaw",
  "roles.report.clients[0]": "nightly-report",
  "roles.report.scopes[0]": "operator.read",
};

/** Somebody who is signed in, and since when. */
interface Session {
  browser: Browser;
  role: string;
  since: number;
}

/** Goes on with the deployment of the file before, changes it several times and takes it down. */
describe("signing in", () => {
  let people: People;
  /** Returns how long it took, in milliseconds. */
  const deploy = async (settings: Record<string, string>): Promise<number> => {
    const started = Date.now();
    const { code, output } = await up(settings);
    assert.equal(code, 0, output);
    people = await People.ofDeployment();
    return Date.now() - started;
  };
  let usual = 60_000;

  describe("by Envoy's own login, at a provider that ends the session when a refresh token comes twice", () => {
    before(async () => {
      usual = await deploy({
        login: "envoy",
        "demo.tokenSeconds": `${TOKEN_SECONDS}`,
        "demo.rotateRefreshTokens": "true",
        ...PROGRAMS,
      });
    });

    test("ends when requests that come at once need a refresh, until a page is opened", async () => {
      const bob = await people.signedIn("operator");
      await sleep((TOKEN_SECONDS + 1) * 1000);
      await together(bob);
      await sleep((TOKEN_SECONDS + 1) * 1000);
      assert.deepEqual(await together(bob), Array(TOGETHER).fill(401));
      // The provider still knows the browser, so that the person is not asked again.
      const page = await follow(bob, "/new");
      assert.equal(page.status, 200, describeAnswer(page));
      assert.equal(page.url, `${ORIGIN}/new`);
    });
  });

  describe("by Envoy's own login", () => {
    let end: number;
    let bob: Session;

    before(async () => {
      // Time enough to deploy on this machine, and to sign in before it ends.
      end = Math.ceil((Date.now() + 1.5 * usual + 10_000) / 1000) * 1000;
      await deploy({
        "demo.rotateRefreshTokens": "false",
        "roles.viewer.emails[0]": "carol@example.com",
        "roles.viewer.expiresAt": new Date(end).toISOString(),
      });
      bob = await sessionOf(people, "operator");
    });

    test("ends with a role that has an end: sockets are cut, and a page says whom to ask", async () => {
      const carol = await people.signedIn("viewer");
      const client = await OpenClawClient.connect(carol, WANTED);
      assert.deepEqual(client.scopes, ["operator.read"]);
      let closedAt = 0;
      const closed = client.closed.then(() => {
        closedAt = Date.now();
      });
      await within(end - Date.now() + 5000, closed, "the WebSocket stays open");
      assert.ok(closedAt >= end - 1000, "the WebSocket was cut before its time");
      const answer = await ask(carol, "/new");
      assert.equal(answer.status, 403);
      assert.match(answer.body, NO_ROLE);
      await assert.rejects(OpenClawClient.connect(carol, WANTED), /HTTP 403/);
    });

    test("goes on when requests that come at once need a refresh", async () => {
      await staysSignedIn(bob, TOKEN_SECONDS);
    });

    test("lets a program in with the role of its client id, and no other program", async () => {
      const report = bearer(await programToken(people, "nightly-report"));
      assert.equal((await ask(people.stranger(), "/new", { headers: report })).status, 200);
      const client = await OpenClawClient.connect(people.stranger(), WANTED, report);
      assert.deepEqual(client.scopes, ["operator.read"]);
      assert.match(JSON.stringify(await client.request("users.self", {})), /"client:nightly-report"/);
      client.close();
      const invoke = { method: "POST", headers: { ...report, "content-type": "application/json" } };
      const refused = await ask(people.stranger(), "/tools/invoke", { ...invoke, body: '{"tool":"sessions_list"}' });
      assert.equal(refused.status, 403);
      assert.match(refused.body, /missing scope: operator\.write/);

      const other = bearer(await programToken(people, "somebody-elses"));
      const answer = await ask(people.stranger(), "/new", { headers: other });
      assert.equal(answer.status, 403);
      assert.match(answer.body, NO_ROLE);
      await assert.rejects(OpenClawClient.connect(people.stranger(), WANTED, other), /HTTP 403/);
    });

    test("fails clearly while the provider is down, and who is signed in goes on", async () => {
      await withoutProvider(people, async (halfway) => {
        assert.equal(halfway.status, 401);
        assert.match(halfway.body, /Your identity provider did not answer, or did not confirm this sign-in/);
      });
    });
  });

  describe("by oauth2-proxy, at a provider that ends the session when a refresh token comes twice", () => {
    let bob: Session;
    let alice: Session;

    before(async () => {
      await deploy({ login: "oauth2-proxy", "demo.rotateRefreshTokens": "true" });
      [bob, alice] = [await sessionOf(people, "operator"), await sessionOf(people, "admin")];
    });

    test("gives a chat, and tells each person apart", async () => {
      for (const { browser, role } of [bob, alice]) {
        const client = await OpenClawClient.connect(browser, WANTED);
        const self = JSON.stringify(await client.request("users.self", {}));
        assert.ok(self.includes(people.withRole(role).email), self);
        assert.equal(client.scopes.includes("operator.admin"), role === "admin");
        assert.match(await client.chat(await client.converse(), "hello there"), /Demo model.*hello there/s);
        client.close();
      }
    });

    test("goes on when requests that come at once need a refresh", async () => {
      await staysSignedIn(await sessionOf(people, "operator"), TOKEN_SECONDS / 2);
    });

    test("leads to a page that says whom to ask for somebody without a role", async () => {
      const carol = people.stranger();
      const answer = await signIn(carol, people.withRole("viewer"));
      assert.equal(answer.status, 403);
      assert.match(answer.body, NO_ROLE);
      await assert.rejects(OpenClawClient.connect(carol, WANTED), /HTTP 403/);
    });

    test("ends at once when revoked, sockets too, for nobody else, and comes back when restored", async () => {
      const his = await OpenClawClient.connect(bob.browser, WANTED);
      const hers = await OpenClawClient.connect(alice.browser, WANTED);
      await revoked(people.withRole("operator").email, async () => {
        assert.equal((await ask(bob.browser, "/new")).status, 403);
        await within(5000, his.closed, "the WebSocket of who was revoked stays open");
        await assert.rejects(OpenClawClient.connect(bob.browser, WANTED), /HTTP 403/);
        assert.equal((await ask(alice.browser, "/new")).status, 200);
        assert.ok(await hers.request("users.self", {}));
      });
      hers.close();
      assert.equal((await ask(bob.browser, "/new")).status, 200);
    });

    test("ends with the sign-out, for open sockets and for a copied cookie", async () => {
      const browser = await people.signedIn("operator");
      const client = await OpenClawClient.connect(browser, WANTED);
      const thief = { ...browser, cookies: await browser.cookies.clone() };
      const told = await ask(browser, "/oauth2/sign_out");
      assert.equal(told.headers.location, "/oauth2/signed_out");
      await within(5000, client.closed, "the WebSocket stays open");
      assert.equal((await ask(thief, "/new")).status, 403);
      const on = await ask(browser, "/oauth2/signed_out");
      assert.match(`${on.headers.location}`, /^https:\/\/localhost:\d+\/demo-identity\/session\/end\?/);
      assert.equal((await ask(browser, "/new")).status, 302);
      // The session is gone from the store too, so that the cookie is nothing any more.
      assert.equal((await ask(thief, "/new")).status, 302);
    });
  });

  describe("by oauth2-proxy, while the provider changes its keys", () => {
    let bob: Session;
    let old: Record<string, string>;
    let started: string[];
    const startOf = async (name: string) => {
      const { Id, State } = (await inspect(await container(name))) as unknown as {
        Id: string;
        State: { StartedAt: string };
      };
      return `${name} ${Id} ${State.StartedAt}`;
    };
    const starts = () =>
      Promise.all(["edge", "guard", "login-proxy", "oauth2-proxy", "identity-provider"].map(startOf));

    before(async () => {
      await deploy({ "demo.rotateRefreshTokens": "false", "demo.tokenSeconds": `${LONGER_TOKEN_SECONDS}` });
      bob = await sessionOf(people, "operator");
      old = bearer(await programToken(people, "nightly-report"));
      started = await starts();
      // Not by `up`, which signs in at the end: that may fail until the new key is known.
      await set({ "demo.signingKey": `since-${Date.now()}` });
      const { code, output } = await pulumi("up", "--yes", "--skip-preview", "--non-interactive");
      assert.equal(code, 0, output);
    });

    test("works again soon with the new key, without a restart of anything", async () => {
      const limit = Date.now() + KEYS_KNOWN_MS;
      const newToken = async () => bearer(await programToken(people, "nightly-report"));
      let fresh = await newToken();
      // The provider looks for a new key from time to time.
      for (; keyOf(fresh) === keyOf(old); fresh = await newToken()) {
        assert.ok(Date.now() < limit, "the provider signs with its old key");
        await sleep(500);
      }
      const statusOf = async () => (await ask(people.stranger(), "/new", { headers: fresh })).status;
      for (let status = await statusOf(); status !== 200; status = await statusOf()) {
        assert.ok(Date.now() < limit, `the new key is not known after ${KEYS_KNOWN_MS / 1000} s`);
        await sleep(1000);
      }
      const alice = await OpenClawClient.connect(await people.signedIn("admin"), WANTED);
      alice.close();
      assert.deepEqual(await starts(), started);
    });

    test("goes on with what the old key signed, which the provider still publishes", async () => {
      assert.equal((await ask(people.stranger(), "/new", { headers: old })).status, 200);
      await staysSignedIn(bob, LONGER_TOKEN_SECONDS / 2, 1);
    });

    test("does not work with a key that nobody knows, whatever it calls itself", async () => {
      const [, payload] = `${old.authorization}`.split(".") as [string, string];
      const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
      const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
      for (const kid of [keyOf(old), randomUUID()]) {
        const forged = bearer(new CompanyProxy().assertion(claims, { key: stranger, kid }));
        assert.equal((await ask(people.stranger(), "/new", { headers: forged })).status, 401);
      }
    });

    test("fails clearly while the provider is down, and who is signed in goes on", async () => {
      await withoutProvider(people, async (halfway) => {
        assert.equal(halfway.status, 500);
        assert.match(halfway.body, /Internal Server Error/);
      });
    });
  });

  describe("at a proxy of the company's in front", () => {
    const proxy = new CompanyProxy();
    const bob = { sub: "b-1", sid: "s-1", email: "bob@example.com", groups: ["openclaw-operators"] };
    const alice = { ...bob, sub: "a-1", sid: "s-2", email: "alice@example.com" };
    const handedOver = (assertion: string) => ({ [proxy.header]: assertion });
    const as = (claims: object) => handedOver(proxy.assertion({ ...claims }));
    const opened = (headers: Record<string, string>) => ask(people.stranger(), "/new", { headers });
    const connect = (claims: object) => OpenClawClient.connect(people.stranger(), WANTED, as(claims));

    before(async () => {
      const { envoy } = await proxy.prepare();
      const { issuer, audience, jwks, header, signOut } = proxy;
      const settings = { issuer, audience, jwks, header, signOut, "privateRanges[0]": "10.0.0.0/8" };
      const own = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`proxy.${key}`, value]));
      // Not by `up`, which brings the images of this machine and signs in as one of the demo's people.
      await set({ login: "assertion", "images.envoy": envoy, ...own });
      const { code, output } = await pulumi("up", "--yes", "--skip-preview", "--non-interactive");
      assert.equal(code, 0, output);
      await proxy.publish();
    });

    after(async () => {
      await proxy.endPublishing();
      const { code, output } = await pulumi("destroy", "--yes", "--skip-preview", "--non-interactive");
      assert.equal(code, 0, output);
      await proxy.removeImage();
    });

    test("gives who it vouches for a chat as themselves, once its keys are known", async () => {
      const limit = Date.now() + KEYS_KNOWN_MS;
      while ((await opened(as(bob))).status !== 200) {
        assert.ok(Date.now() < limit, "its assertion is not accepted");
        await sleep(500);
      }
      const client = await connect(bob);
      assert.deepEqual(client.scopes.sort(), ["operator.approvals", "operator.read", "operator.write"]);
      assert.match(JSON.stringify(await client.request("users.self", {})), /"bob@example\.com"/);
      assert.match(await client.chat(await client.converse(), "hello there"), /Demo model.*hello there/s);
      client.close();
    });

    const now = () => Math.floor(Date.now() / 1000);
    const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const refused: [string, () => Record<string, string>, number][] = [
      ["none", () => ({}), 401],
      ["one in another header", () => ({ "x-zt-token": proxy.assertion(bob) }), 401],
      ["one by another key", () => handedOver(proxy.assertion(bob, { key: stranger })), 401],
      ["one by another key of another name", () => handedOver(proxy.assertion(bob, { key: stranger, kid: "k" })), 401],
      ["one for somebody else", () => as({ ...bob, aud: "wiki.company.test" }), 403],
      ["one by another issuer", () => as({ ...bob, iss: "https://elsewhere.test" }), 401],
      ["one that has ended", () => as({ ...bob, iat: now() - 300, exp: now() - 60 }), 401],
      ["one that never ends", () => as({ ...bob, exp: undefined }), 401],
      ["one for a person without a role", () => as({ ...bob, groups: ["elsewhere"] }), 403],
      ["one with an address nobody verified", () => as({ ...bob, email_verified: false }), 403],
    ];
    for (const [what, headers, status] of refused) {
      test(`is refused with ${status} for ${what} as assertion, on a page and on a socket`, async () => {
        assert.equal((await opened(headers())).status, status);
        const socket = OpenClawClient.connect(people.stranger(), WANTED, headers());
        await assert.rejects(socket, new RegExp(`HTTP ${status}`));
      });
    }

    test("ends at once when revoked, and comes back when restored", async () => {
      const [his, hers] = [await connect(bob), await connect(alice)];
      await revoked(bob.email, async () => {
        assert.equal((await opened(as(bob))).status, 403);
        await within(5000, his.closed, "the WebSocket of who was revoked stays open");
        assert.ok(await hers.request("users.self", {}));
      });
      hers.close();
      assert.equal((await opened(as(bob))).status, 200);
    });

    test("ends with the sign-out, which leads on to the proxy's own", async () => {
      const leaving = { ...bob, sid: randomUUID() };
      const client = await connect(leaving);
      const told = await ask(people.stranger(), "/oauth2/sign_out", { headers: as(leaving) });
      assert.equal(told.status, 302);
      assert.equal(told.headers.location, proxy.signOut);
      await within(5000, client.closed, "the WebSocket stays open");
      assert.equal((await opened(as(leaving))).status, 403);
      assert.equal((await opened(as({ ...bob, sid: randomUUID() }))).status, 200);
    });
  });
});

async function sessionOf(people: People, role: string): Promise<Session> {
  return { browser: await people.signedIn(role), role, since: Date.now() };
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

/** Name of the key that signed the token. */
function keyOf({ authorization }: Record<string, string>): string {
  const [header] = `${authorization}`.replace("Bearer ", "").split(".") as [string];
  return (JSON.parse(Buffer.from(header, "base64url").toString()) as { kid: string }).kid;
}

/** What a page's scripts get that ask at the same time. */
async function together(browser: Browser): Promise<number[]> {
  const headers = { "sec-fetch-mode": "cors" };
  const answers = await Promise.all(Array.from({ length: TOGETHER }, () => ask(browser, "/new", { headers })));
  return answers.map(({ status }) => status);
}

/**
 * Makes requests together when a refresh is due.
 * @param rounds Usually two, because what a refresh broke is seen by the next one
 */
async function staysSignedIn({ browser, since }: Session, refreshSeconds: number, rounds = 2): Promise<void> {
  let refreshed = since;
  for (let round = 1; round <= rounds; round++) {
    const before = browser.cookies.getCookieStringSync(browser.origin);
    await sleep(Math.max(0, refreshed + (refreshSeconds + 1) * 1000 - Date.now()));
    assert.deepEqual(await together(browser), Array(TOGETHER).fill(200), `round ${round}`);
    assert.notEqual(browser.cookies.getCookieStringSync(browser.origin), before, "nothing was refreshed");
    refreshed = Date.now();
  }
}

/** Shuts somebody out while this happens. */
async function revoked(email: string, meanwhile: () => Promise<void>): Promise<void> {
  const { code, output } = await testbed("revoke", ["--user", email]);
  try {
    assert.equal(code, 0, output);
    await meanwhile();
  } finally {
    assert.equal((await testbed("restore", ["--user", email])).code, 0);
  }
}

/**
 * Stops the identity provider for a while: who is signed in goes on, nobody new comes in, and afterwards they do.
 * @param halfway Checks what somebody is told who had just given a right password
 */
async function withoutProvider(people: People, halfway: (answer: Answer) => Promise<void>): Promise<void> {
  const token = bearer(await programToken(people, "nightly-report"));
  const late = people.stranger();
  const { callback } = await walkToCallback(late, people.withRole("operator"));
  const bob = await people.signedIn("operator");
  const client = await OpenClawClient.connect(bob, SCOPES);
  const id = await container("identity-provider");
  await mustDocker("stop", id);
  try {
    assert.equal((await ask(bob, "/new")).status, 200);
    assert.equal((await ask(people.stranger(), "/new", { headers: token })).status, 200);
    assert.ok(await client.request("users.self", {}));
    await halfway(await ask(late, callback));
    const stranger = people.stranger();
    const page = await follow(stranger, "/");
    assert.equal(page.status, 503);
    assert.match(page.body, /A part of this service does not answer\. Wait a moment and try again\./);
    assert.equal((await ask(stranger, "/new", { headers: { "sec-fetch-mode": "cors" } })).status, 401);
    assert.ok(await client.request("users.self", {}));
  } finally {
    await mustDocker("start", id);
    client.close();
  }
  const limit = Date.now() + 60_000;
  const formIsThere = async () => (await follow(people.stranger(), "/")).status === 200;
  while (!(await formIsThere())) {
    assert.ok(Date.now() < limit, "nobody can sign in a minute after the provider was started again");
    await sleep(500);
  }
  await people.signedIn("operator");
}

/** Changes settings without deploying them. */
async function set(settings: Record<string, string>): Promise<void> {
  const pairs = Object.entries(settings).flatMap(([key, value]) => ["--plaintext", `${key}=${value}`]);
  const { code, output } = await pulumi("config", "set-all", "--path", ...pairs);
  assert.equal(code, 0, output);
}
