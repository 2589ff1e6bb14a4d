import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import type { Perimeter } from "../../lib";
import { linkAddresses } from "../../lib/platforms/docker/addresses";
import { ask, type Browser, openBrowser } from "../../testbed/client/http";
import { type Conversation, OpenClawClient } from "../../testbed/client/openclaw";
import { describe as describeAnswer, signIn, type User } from "../../testbed/client/sign-in";
import { withPage } from "./support/chromium";
import {
  container,
  docker,
  everyContainer,
  holder,
  inspect,
  leftovers,
  mustDocker,
  probeAsStranger,
  probeFrom,
  removeLeftovers,
} from "./support/docker";
import { secretsOf } from "./support/secrets";
import {
  down,
  INSTANCE,
  ORIGIN,
  type Outputs,
  outputs,
  pulumi,
  rawState,
  STATE,
  stateExists,
  testbed,
  up,
  upAndKillWhen,
} from "./support/stack";
import { within } from "./support/within";

/** What a Control UI asks for. */
const WANTED = ["operator.admin", "operator.read", "operator.write", "operator.approvals"];
/** Where to keep pictures of what a person sees; without it none are kept. */
const { SCREENSHOTS } = process.env;
const picture = (name: string) => (SCREENSHOTS ? { path: `${SCREENSHOTS}/${name}.png` } : {});
/** Finds what is of the test's deployment; another label must follow. */
const LABELLED = ["--filter", `label=zero-trust-openclaw.stack=${INSTANCE}`, "--filter"];
/** How `up` ends when there was nothing to do. */
const UNCHANGED = /Stack … \d+ unchanged/;
/** So many containers exist when the first deployment is killed: some installers have run, some programs are about to start. */
const KILLED_AT_CONTAINERS = 8;

describe("the laptop stack", () => {
  let deployed: Outputs;
  let roots: string;
  let perimeter: Perimeter;
  let conversation: Conversation;
  const user = (role: string): User => {
    const found = deployed.users.find((one) => one.role === role);
    assert.ok(found, `the outputs have no ${role}`);
    return found;
  };
  const signedIn = async (role: string): Promise<Browser> => {
    const browser = openBrowser(ORIGIN, roots);
    const page = await signIn(browser, user(role));
    assert.equal(page.status, 200, describeAnswer(page));
    return browser;
  };
  const addressOf = (member: string, ...link: string[]): string => {
    const key = link.sort().join("--");
    const found = linkAddresses(perimeter, "10.214.0.0/16").find((one) => one.key === key);
    return found?.members[member] as string;
  };
  const openclaw = () => `${addressOf("openclaw", "guard", "openclaw")}:18789`;

  before(async () => {
    // What an earlier run left, however it ended.
    const cleaned = await down();
    assert.equal(cleaned.code, 0, cleaned.output);
    await testbed("engine");
    await removeLeftovers();
  });

  after(async () => {
    await down();
  });

  test("comes up after a deployment that was killed in the middle", async () => {
    await upAndKillWhen(async () => (await everyContainer()).length >= KILLED_AT_CONTAINERS);
    const { code, output } = await up();
    assert.equal(code, 0, output);
    deployed = await outputs();
    roots = readFileSync(deployed.trustBundle, "utf8");
    perimeter = JSON.parse(readFileSync(deployed.perimeter, "utf8"));
    assert.equal(deployed.url, ORIGIN);
    assert.deepEqual(deployed.users.map(({ role }) => role).sort(), ["admin", "operator", "viewer"]);
  });

  describe("who has no session", () => {
    test("is led to the identity provider when opening the page", async () => {
      const answer = await ask(openBrowser(ORIGIN, roots), "/");
      assert.equal(answer.status, 302);
      assert.match(`${answer.headers.location}`, /^https:\/\/localhost:18443\/demo-identity\/auth\?/);
    });

    test("gets 401 for a script's request, a form and a WebSocket", async () => {
      const browser = openBrowser(ORIGIN, roots);
      assert.equal((await ask(browser, "/", { headers: { "sec-fetch-mode": "cors" } })).status, 401);
      assert.equal((await ask(browser, "/tools/invoke", { method: "POST", body: "{}" })).status, 401);
      await assert.rejects(OpenClawClient.connect(browser, WANTED), /HTTP 401/);
    });

    test("gets nowhere with a wrong password, and the admin not without the one-time code", async () => {
      for (const wrong of [
        { ...user("viewer"), password: "wrong" },
        { ...user("admin"), totp: undefined },
      ]) {
        const answer = await signIn(openBrowser(ORIGIN, roots), wrong);
        assert.equal(answer.status, 401);
      }
    });

    test("gets nowhere with a forged identity", async () => {
      const forged = {
        "x-forwarded-user": user("admin").email,
        authorization: "Bearer forged",
        "x-openclaw-scopes": "operator.admin",
      };
      assert.equal((await ask(openBrowser(ORIGIN, roots), "/", { headers: forged })).status, 302);
    });
  });

  describe("who is signed in", () => {
    test("sees the Control UI and gets a chat answered", async () => {
      const browser = await signedIn("operator");
      const page = await ask(browser, "/new");
      assert.match(page.body, /<title>OpenClaw/i);
      const client = await OpenClawClient.connect(browser, WANTED);
      assert.deepEqual(client.scopes.sort(), ["operator.approvals", "operator.read", "operator.write"]);
      conversation = await client.converse();
      const answer = await client.chat(conversation, "hello from the test");
      client.close();
      assert.match(answer, /Demo model.*hello from the test/s);
    });

    test("may do what the role allows", async () => {
      const viewer = await OpenClawClient.connect(await signedIn("viewer"), WANTED);
      assert.deepEqual(viewer.scopes, ["operator.read"]);
      await assert.rejects(viewer.converse(), /operator\.write/);
      viewer.close();
      const admin = await OpenClawClient.connect(await signedIn("admin"), WANTED);
      assert.ok(admin.scopes.includes("operator.admin"), admin.scopes.join());
      admin.close();
    });

    test("stays who they are, whatever their headers say", async () => {
      const browser = await signedIn("viewer");
      const forged = { "x-forwarded-user": user("admin").email, "x-openclaw-scopes": "operator.admin,operator.write" };
      const client = await OpenClawClient.connect(browser, WANTED, forged);
      assert.deepEqual(client.scopes, ["operator.read"]);
      const self = JSON.stringify(await client.request("users.self", {}));
      assert.ok(self.includes(user("viewer").email), self);
      client.close();
      const invoke = {
        method: "POST",
        headers: { ...forged, "content-type": "application/json" },
        body: '{"tool":"sessions_list"}',
      };
      assert.equal((await ask(browser, "/tools/invoke", invoke)).status, 403);
    });

    test("is out at once when revoked, sockets too, and nobody else is", async () => {
      const [bob, carol] = [await signedIn("operator"), await signedIn("viewer")];
      const [his, hers] = [await OpenClawClient.connect(bob, WANTED), await OpenClawClient.connect(carol, WANTED)];
      const who = ["--user", user("operator").email];
      try {
        const { code, output } = await testbed("revoke", who);
        assert.equal(code, 0, output);
        assert.equal((await ask(bob, "/new")).status, 403);
        await within(5000, his.closed, "the WebSocket of who was revoked stays open");
        await assert.rejects(OpenClawClient.connect(bob, WANTED), /HTTP 403/);
        assert.equal((await ask(carol, "/new")).status, 200);
        assert.ok(await hers.request("users.self", {}));
      } finally {
        assert.equal((await testbed("restore", who)).code, 0);
        hers.close();
      }
      assert.equal((await ask(bob, "/new")).status, 200);
    });

    test("is out in one session when that is revoked, and not in another", async () => {
      const [lost, kept] = [await signedIn("operator"), await signedIn("operator")];
      const client = await OpenClawClient.connect(lost, WANTED);
      const listed = (await testbed("list")).output;
      const { sockets } = JSON.parse(listed.slice(listed.indexOf("{"), listed.lastIndexOf("}") + 1)) as {
        sockets: { user: string; session: string; since: string }[];
      };
      const his = sockets.filter((one) => one.user === user("operator").email);
      const [newest] = his.sort((one, other) => Date.parse(other.since) - Date.parse(one.since));
      assert.ok(newest?.session, listed);
      const { code, output } = await testbed("revoke", ["--session", newest.session]);
      assert.equal(code, 0, output);
      await within(5000, client.closed, "the WebSocket of the revoked session stays open");
      assert.equal((await ask(lost, "/new")).status, 403);
      assert.equal((await ask(kept, "/new")).status, 200);
    });

    test("has no open socket after signing out, and an old cookie is refused", async () => {
      const browser = await signedIn("operator");
      const client = await OpenClawClient.connect(browser, WANTED);
      const thief = { ...browser, cookies: await browser.cookies.clone() };
      await ask(browser, "/oauth2/sign_out");
      await within(5000, client.closed, "the WebSocket stays open");
      assert.equal((await ask(thief, "/new")).status, 403);
    });

    test("is out after signing out", async () => {
      const browser = await signedIn("operator");
      const told = await ask(browser, "/oauth2/sign_out");
      assert.equal(told.headers.location, "/oauth2/signed_out");
      await ask(browser, `${told.headers.location}`);
      assert.equal((await ask(browser, "/")).status, 302);
    });

    test("finds requests with credentials in the query refused", async () => {
      const browser = await signedIn("operator");
      for (const query of ["token=a", "TOKEN=a", "%74oken=a", "a=1&access_token=b", "api-key=c"]) {
        assert.equal((await ask(browser, `/?${query}`)).status, 400, query);
      }
      assert.equal((await ask(browser, "/new?mytoken=1")).status, 200);
    });

    test("leaves a line in the guard's log with the name, the role and no query", async () => {
      const browser = await signedIn("viewer");
      await ask(browser, "/new?secret-search=1");
      await new Promise((done) => setTimeout(done, 1500));
      const log = (await docker("logs", "--tail", "40", await container("guard"))).output;
      const line =
        log
          .split("\n")
          .filter((one) => one.includes('"guard-request"'))
          .at(-1) ?? "{}";
      const { user: email, role, decision, peer, path } = JSON.parse(line);
      assert.deepEqual(
        { email, role, decision, path },
        { email: user("viewer").email, role: "viewer ", decision: "allowed", path: "/new" },
      );
      assert.equal(peer, "spiffe://openclaw.internal/public/edge");
    });
  });

  describe("who is inside", () => {
    test("reaches OpenClaw from the guard only", async () => {
      const dial = ["tcp", "--address", openclaw(), "--timeout", "1s"];
      assert.equal((await probeFrom("guard", ...dial)).code, 0);
      for (const from of ["edge", "egress", "identity-provider", "demo-model"]) {
        assert.notEqual((await probeFrom(from, ...dial)).code, 0, `${from} reached OpenClaw`);
      }
      for (const link of ["edge--guard", "edge--internet", "egress--openclaw"]) {
        assert.notEqual((await probeAsStranger(link, ...dial)).code, 0, `a stranger in ${link} reached OpenClaw`);
      }
    });

    test("finds every flow of the perimeter open, and every other closed", async () => {
      const { code, output } = await testbed("verify");
      assert.equal(code, 0, output);
      assert.match(output, /9 declared and 55 undeclared flows tried, all as declared/);
    });

    test("is noticed when somebody joins a network by hand", async () => {
      const network = await mustDocker(
        "network",
        "ls",
        "-q",
        ...LABELLED,
        "label=zero-trust-openclaw.link=edge--guard",
      );
      const egress = await holder("egress");
      await mustDocker("network", "connect", network, egress);
      try {
        const { code, output } = await testbed("verify", ["--zone", "application"]);
        assert.equal(code, 1, output);
        assert.match(output, /^egress → guard:mtls is open, but not declared$/m);
        assert.match(output, /^egress is attached to edge--guard, but no flow of that link is its own$/m);
      } finally {
        await mustDocker("network", "disconnect", network, egress);
      }
      const unknown = await testbed("verify", ["--zone", "aplication"]);
      assert.equal(unknown.code, 1);
      assert.match(unknown.output, /zone "aplication" is not declared; did you mean "application"\?/);
    });

    test("cannot reach the machine itself, nor the outside, from OpenClaw", async () => {
      const server = createServer((socket) => socket.end());
      await new Promise<void>((done) => server.listen(0, "0.0.0.0", done));
      const { port } = server.address() as { port: number };
      try {
        const subnets = linkAddresses(perimeter, "10.214.0.0/16");
        const gateways = subnets.map(({ gateway }) => gateway);
        const bridge = await mustDocker(
          "network",
          "inspect",
          "bridge",
          "--format",
          "{{(index .IPAM.Config 0).Gateway}}",
        );
        const dials = [...gateways, bridge].map((host) =>
          probeFrom("openclaw", "tcp", "--address", `${host}:${port}`, "--timeout", "1s"),
        );
        assert.deepEqual([...new Set((await Promise.all(dials)).map(({ code }) => code))], [1]);
        const entrance = subnets.find(({ kind }) => kind === "entrance")?.gateway;
        assert.equal(
          (await probeFrom("edge", "tcp", "--address", `${entrance}:${port}`)).code,
          0,
          "the listener was not even open",
        );
      } finally {
        server.close();
      }
    });

    test("cannot talk to the guard without the edge's certificate", async () => {
      const guard = `${addressOf("guard", "edge", "guard")}:8443`;
      const request = [
        "https",
        "--address",
        guard,
        "--server-name",
        "guard",
        "--ca",
        "/files/roots.pem",
        "--path",
        "/",
      ];
      // The guard's own certificate is accepted, and the guard ends the handshake. It says why and closes; the probe's request may get there
      // after that, and then the answer to it is all that the probe learns.
      const ends: string[] = [];
      while (ends.length < 5 && !ends.at(-1)?.includes("certificate required")) {
        const { code, output } = await probeFrom("edge", ...request);
        assert.notEqual(code, 0, output);
        ends.push(output);
      }
      assert.match(ends.at(-1) ?? "", /certificate required/, ends.join("\n"));
      const leaf = ["--cert", "/certificates/leaf/tls.crt", "--key", "/certificates/leaf/tls.key"];
      const withIt = await probeFrom("edge", ...request, ...leaf);
      assert.match(withIt.output, /status 401/, "with the certificate, the missing token is what is refused");
    });

    test("runs as nobody in particular, with nothing to gain", async () => {
      for (const id of await everyContainer()) {
        const { Config, HostConfig } = (await inspect(id)) as unknown as {
          Config: { User: string; Labels: Record<string, string>; Env: string[] };
          HostConfig: {
            ReadonlyRootfs: boolean;
            CapAdd: string[] | null;
            CapDrop: string[];
            SecurityOpt: string[];
            Memory: number;
          };
        };
        assert.deepEqual(HostConfig.CapDrop, ["ALL"]);
        assert.ok(HostConfig.SecurityOpt.includes("no-new-privileges:true"));
        assert.ok(HostConfig.Memory > 0);
        if (Config.Labels["zero-trust-openclaw.role"] === "installer") continue;
        assert.equal(HostConfig.ReadonlyRootfs, true);
        // step-ca's official program does not start without it.
        const wanted = Config.Labels["zero-trust-openclaw.container"] === "ca" ? ["CAP_NET_BIND_SERVICE"] : [];
        assert.deepEqual(HostConfig.CapAdd ?? [], wanted);
        assert.match(Config.User, /^[1-9]\d{3,}:/);
      }
      const status = await mustDocker("exec", await container("openclaw"), "cat", "/proc/1/status");
      assert.match(status, /CapBnd:\s0+\n/);
      assert.match(status, /NoNewPrivs:\s1\n/);
    });

    test("finds OpenClaw's files readable by OpenClaw only, and its configuration valid", async () => {
      const id = await container("openclaw");
      const modes = await mustDocker("exec", id, "sh", "-c", "stat -L -c '%a %u' /files/*.json /certificates/leaf/*");
      assert.deepEqual([...new Set(modes.split("\n"))], ["400 20104"]);
      assert.match(await mustDocker("exec", id, "/usr/local/bin/openclaw", "config", "validate"), /valid/i);
      assert.notEqual((await docker("exec", id, "sh", "-c", "echo x >> /files/openclaw.json")).code, 0);
    });
  });

  describe("secrets", () => {
    test("are encrypted in the state, and in no container's description or log", async () => {
      const secrets = await secretsOf();
      assert.ok(secrets.length >= 10, `only ${secrets.length} secrets found`);
      const descriptions = await Promise.all((await everyContainer()).map((id) => mustDocker("inspect", id)));
      const logs = await Promise.all((await everyContainer()).map(async (id) => (await docker("logs", id)).output));
      const places = { state: rawState(), descriptions: descriptions.join(), logs: logs.join() };
      for (const [place, text] of Object.entries(places)) {
        assert.deepEqual(
          secrets.filter(({ value }) => text.includes(value)).map(({ name }) => name),
          [],
          place,
        );
      }
    });

    test("of the model are not in OpenClaw: not in its files, its processes nor its environment", async () => {
      const key = (await secretsOf()).find(({ name }) => name.endsWith("demo-model-api-key"));
      assert.ok(key);
      const search = `grep -rsl "$KEY" /files /state /tmp /home /etc /run; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | grep -c "$KEY" | grep -v '^0$'; true`;
      const grep = await mustDocker(
        "exec",
        "-i",
        await container("openclaw"),
        "sh",
        "-c",
        search.replaceAll("$KEY", key.value),
      );
      // The search finds itself, in the process that runs it.
      assert.deepEqual(
        grep.split("\n").filter((line) => !/^\d+$/.test(line) && line !== ""),
        [],
      );
      assert.ok(JSON.stringify(await inspect(await container("openclaw"))).includes(key.value) === false);
    });
  });

  test("a person signs in with a browser, chats and sees the answer", async () => {
    const bob = user("operator");
    const text = await withPage(async (page) => {
      await page.goto(ORIGIN);
      await page.screenshot(picture("sign-in"));
      await page.fill("[name=email]", bob.email);
      await page.fill("[name=password]", bob.password);
      await page.click("button[type=submit]");
      const box = page.locator("textarea:visible, [contenteditable=true]:visible").last();
      await box.waitFor({ timeout: 60_000 });
      await box.fill("hello from a browser");
      await page.getByRole("button", { name: "Start session" }).click();
      await page.getByText('You said: "hello from a browser"').last().waitFor({ timeout: 60_000 });
      await page.screenshot(picture("chat"));
      assert.equal(await page.evaluate("document.cookie"), "");
      return page.locator("body").innerText();
    });
    assert.match(text, /Demo model: no real model is connected/);
  });

  describe("deploying again", () => {
    test("changes nothing, neither in a plan nor after looking at what is there", async () => {
      const again = await up();
      assert.equal(again.code, 0, again.output);
      assert.match(again.output, UNCHANGED);
      const refreshed = await pulumi("preview", "--refresh", "--expect-no-changes", "--non-interactive");
      assert.equal(refreshed.code, 0, refreshed.output);
    });

    test("with wrong settings says what is wrong and changes nothing", async () => {
      const cases: [Record<string, string>, RegExp][] = [
        [{ publicUr: ORIGIN }, /unknown setting .*publicUr.*publicUrl/],
        [{ publicUrl: "http://localhost:18443" }, /"http:\/\/localhost:18443" is no https URL/],
        [{ publicUrl: "https://openclaw.example.com" }, /the demo parts let in whoever reads their passwords/],
      ];
      for (const [settings, message] of cases) {
        const { code, output } = await up(settings);
        assert.notEqual(code, 0);
        assert.match(output, message);
        await pulumi("config", "rm", ...Object.keys(settings).filter((key) => key !== "publicUrl"));
      }
      const repaired = await up();
      assert.match(repaired.output, UNCHANGED);
    });

    test("on a port that something else has says so", async () => {
      const server = createServer();
      await new Promise<void>((done) => server.listen(18444, "127.0.0.1", done));
      try {
        const { code, output } = await up({ publicUrl: "https://localhost:18444" });
        assert.notEqual(code, 0);
        assert.match(output, /18444/);
      } finally {
        server.close();
      }
    });

    test("with a wrong passphrase says so", async () => {
      const file = `${STATE}/passphrase`;
      const right = readFileSync(file, "utf8");
      writeFileSync(file, "wrong");
      try {
        const { code, output } = await up();
        assert.notEqual(code, 0);
        assert.match(output, /passphrase/);
      } finally {
        writeFileSync(file, right);
      }
    });
  });

  test("a kept conversation is there again after everything was taken down", async () => {
    const kept = await down({ KEEP_DATA: "1" });
    assert.equal(kept.code, 0, kept.output);
    // With its last container gone the engine is stopped too, if it was started for this.
    await testbed("engine");
    assert.equal((await leftovers()).length, 1, "only the state's volume is left");
    const { code, output } = await up();
    assert.equal(code, 0, output);
    deployed = await outputs();
    roots = readFileSync(deployed.trustBundle, "utf8");
    const client = await OpenClawClient.connect(await signedIn("operator"), WANTED);
    const history = JSON.stringify(await client.request("chat.history", { sessionKey: conversation.key }));
    client.close();
    assert.match(history, /hello from the test/);
  });

  test("taking it down leaves nothing", async () => {
    const { code, output } = await down();
    assert.equal(code, 0, output);
    assert.equal(stateExists(), false);
    await testbed("engine");
    assert.deepEqual(await leftovers(), []);
    await testbed("engine", ["stop"]);
  });
});
