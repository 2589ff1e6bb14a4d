import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { after, before, describe, test } from "node:test";
import type { Wish } from "../../lib/pki/commands";
import { ask, type Browser } from "../../testbed/client/http";
import { OpenClawClient } from "../../testbed/client/openclaw";
import { sleep } from "../../testbed/sleep";
import { requestFor } from "../conformance/certificates";
import { DockerDriver } from "../conformance/docker";
import { OWN } from "../conformance/raw";
import { acceptedByGuard, SERVED, shownBy } from "../conformance/served";
import { setRoots, signingRoot } from "../support/roots";
import { Certificates } from "./support/certificates";
import { container, docker, everyContainer, inspect, mustDocker } from "./support/docker";
import { underLoad, undisturbed } from "./support/load";
import { People } from "./support/people";
import { INSTANCE, pulumi, testbed, up } from "./support/stack";
import { within } from "./support/within";

const ROTATIONS = 50;
const PER_SECOND = 20;
/** While Pulumi takes most of a small machine for itself, more would be held up by that and not by a certificate. */
const PER_SECOND_DEPLOYING = 4;
const SCOPES = ["operator.read", "operator.write"];
/** From the renewer's order until the new certificate is shown. OpenClaw looks once a second. */
const SHOWN_MS = 5000;
/** A renewer asks again after so long, at the most, once the issuer is there again. */
const RECOVERED_MS = 70_000;
const MINUTE_MS = 60_000;
const GARBAGE = "-----BEGIN PRIVATE KEY-----\nhalf of a fi";

/** Goes on with the deployment of the file before, and leaves it to the next. */
describe("certificates", () => {
  let people: People;
  let bob: Browser;
  let certificates: Certificates;
  let driver: DockerDriver;

  const connected = () => OpenClawClient.connect(bob, SCOPES);
  const shows = async (name: string, serial: string) => {
    for (const end = Date.now() + SHOWN_MS; ; await sleep(100)) {
      const shown = await shownBy(driver, name);
      if (shown === serial) return;
      assert.ok(Date.now() < end, `${name} still shows ${shown} instead of ${serial}`);
    }
  };
  const deploy = async () => {
    const { code, output } = await up();
    assert.equal(code, 0, output);
    people = await People.ofDeployment();
    certificates = await Certificates.of(INSTANCE);
  };

  before(async () => {
    await deploy();
    bob = await people.signedIn("operator");
    driver = await DockerDriver.create(INSTANCE);
  });

  after(() => driver?.close());

  test(`are renewed ${ROTATIONS} times under load, without a failed request or a dropped WebSocket`, async (context) => {
    const outcome = await underLoad(bob, PER_SECOND, async () => {
      // One after the other: all at once, their commands take a small machine from everything else.
      for (let i = 0; i < ROTATIONS; i++) for (const name of certificates.names) await certificates.renew(name);
    });
    undisturbed(context, outcome);
    const states = await Promise.all(certificates.names.map((name) => certificates.status(name)));
    assert.ok(states.every(({ renewals, failures }) => renewals >= ROTATIONS && failures === 0));
  });

  for (const name of Object.keys(SERVED)) {
    test(`of ${name} is shown soon after it was renewed, by the program that ran before`, async (context) => {
      const id = await container(name);
      const startedAt = async () =>
        ((await inspect(id)) as unknown as { State: { StartedAt: string } }).State.StartedAt;
      const before = await startedAt();
      const ordered = Date.now();
      const { serial } = await certificates.renew(name);
      await shows(name, serial);
      context.diagnostic(`shown ${Date.now() - ordered} ms after the order`);
      assert.equal(await startedAt(), before);
    });
  }

  for (const name of ["guard", "openclaw"]) {
    test(`of ${name} goes on being shown when its successor is no good, until one is`, async (context) => {
      const { serial } = await certificates.renew(name);
      await shows(name, serial);
      const counted = name === "guard" ? await unusable(name) : 0;
      const outcome = await underLoad(bob, PER_SECOND, async () => {
        const strangers = JSON.parse((await certificates.issue(name, {})).output) as Record<string, string>;
        await certificates.replace(name, "tls.key", GARBAGE);
        await sleep(1500);
        await certificates.replace(name, "tls.key", strangers.privateKey as string);
        await sleep(1500);
        await certificates.replace(name, "tls.crt", "");
        await sleep(1500);
        assert.equal(await shownBy(driver, name), serial);
      });
      undisturbed(context, outcome);
      if (name === "guard") assert.equal((await unusable(name)) - counted, 3, "not counted");
      const renewed = await certificates.renew(name);
      await shows(name, renewed.serial);
    });
  }

  test("survive that the issuer is down, and that a renewer is killed at any moment", async (context) => {
    const ca = await container("ca");
    const outcome = await underLoad(bob, PER_SECOND, async () => {
      await mustDocker("stop", "--time", "5", ca);
      const { code, output } = await certificates.tryToRenew("guard");
      assert.equal(code, 1, output);
      assert.equal((await certificates.status("guard")).ready, true);
      await mustDocker("start", ca);
      for (let i = 0; i < 10; i++) {
        const { id } = certificates.renewer("guard");
        const renewing = certificates.tryToRenew("guard");
        await sleep(20 + 12 * i);
        await mustDocker("kill", "--signal", "KILL", id);
        await renewing;
        const pair = new X509Certificate(await certificates.file("guard", "tls.crt"));
        assert.ok(pair.checkPrivateKey(createPrivateKey(await certificates.file("guard", "tls.key"))), "half a pair");
        await mustDocker("start", id);
      }
      await eventually(async () => (await certificates.status("guard")).ready);
    });
    undisturbed(context, outcome);
    const { serial } = await certificates.renew("guard");
    await shows("guard", serial);
  });

  test("renew themselves at two thirds of their life, and after a sleep that was longer than it", async () => {
    const awake = await certificates.renew("egress", "1m");
    const asleep = await certificates.renew("openclaw-client", "1m");
    assert.ok(awake.lifetimeSeconds <= 60 && asleep.lifetimeSeconds <= 60);
    const { id } = certificates.renewer("openclaw-client");
    await mustDocker("pause", id);
    try {
      await sleep(45_000);
      const renewed = await certificates.status("egress");
      assert.notEqual(renewed.serial, awake.serial, "not renewed at two thirds of its life");
      assert.equal(renewed.failures, 0);
      await shows("egress", renewed.serial);
      await sleep(Math.max(0, Date.parse(asleep.notAfter) + 2000 - Date.now()));
      const socket = await connected();
      // Connections that stood are good; a new one is refused, and with it the question to the model.
      await mustDocker("restart", "--time", "2", await container("egress"));
      await assert.rejects(
        within(20_000, socket.chat(await socket.converse(), "with an expired certificate"), "no answer"),
      );
      socket.close();
    } finally {
      await mustDocker("unpause", id);
    }
    await eventually(async () => Date.parse((await certificates.status("openclaw-client")).notAfter) > Date.now());
    await eventually(async () => {
      const again = await connected();
      try {
        return (await again.chat(await again.converse(), "awake again")).includes("awake again");
      } finally {
        again.close();
      }
    });
    await Promise.all(["egress", "openclaw-client"].map((name) => certificates.renew(name, "24h")));
  });

  const refused: [string, Wish, RegExp][] = [
    ["for longer than the CA allows", { lifetime: "25h" }, /more than the authorized maximum certificate duration/],
    ["for another trust domain", { uris: ["spiffe://evil.example/application/guard"] }, /is no name of guard/],
    ["for another workload", { uris: ["spiffe://openclaw.internal/public/edge"] }, /is no name of guard/],
    ["for another workload's host name", { dnsNames: ["openclaw"] }, /is no name of guard/],
    ["for a name outside", { dnsNames: ["www.example.com"] }, /is no name of guard/],
  ];
  for (const [what, wish, reason] of refused) {
    test(`are refused by the issuer ${what}`, async () => {
      const { code, output } = await certificates.issue("guard", wish);
      assert.equal(code, 1, output);
      assert.match(output, reason);
    });
  }

  test("never become another workload's, whatever is asked for with them", async () => {
    const names = { uris: ["spiffe://openclaw.internal/public/edge"], dnsNames: ["edge"] };
    const body = JSON.stringify({ csr: await requestFor(names) });
    const head = ["POST /1.0/rekey HTTP/1.1", "Host: ca", "Connection: close", "Content-Type: application/json"];
    const send = [{ data: `${[...head, `Content-Length: ${Buffer.byteLength(body)}`].join("\r\n")}\r\n\r\n${body}` }];
    const dial = `${await driver.addressBetween("renewer", "ca")}:9000`;
    const tls = { ca: OWN.ca, serverName: "ca", cert: "/publish/tls.crt", key: "/publish/tls.key" };
    const position = { workload: "renewer", container: certificates.renewer("guard").labels.container as string };
    const { received } = await driver.exchange(position, { dial, tls, send });
    const answer = received.toString();
    const [issued = answer] = /-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/.exec(answer) ?? [];
    const { subjectAltName = "" } = new X509Certificate(issued.replaceAll("\\n", "\n"));
    assert.match(subjectAltName, /application\/guard/);
    assert.doesNotMatch(subjectAltName, /edge/);
  });

  test("are good for clocks that are five minutes off", async () => {
    const { issuedAt, notAfter, lifetimeSeconds } = await certificates.renew("guard");
    const leaf = new X509Certificate(await certificates.file("guard", "tls.crt"));
    const skew = 5 * MINUTE_MS;
    assert.ok(
      Date.parse(leaf.validFrom) <= Date.parse(issuedAt) - skew + 1000,
      "not yet good for a clock that is behind",
    );
    // It is renewed with a third of its life left.
    assert.ok((lifetimeSeconds * 1000) / 3 > skew, "no longer good for a clock that is ahead");
    assert.equal(Date.parse(notAfter), Date.parse(leaf.validTo));
  });

  test("have keys that are in no state, and that no other workload can read", async () => {
    const key = await certificates.file("guard", "tls.key");
    const [, secret = ""] = key.split("\n");
    assert.ok(secret.length > 40);
    const { output } = await pulumi("stack", "export", "--show-secrets");
    assert.ok(output.includes('"deployment"'));
    assert.ok(!output.includes(secret), "the key is in the state");

    const { id, image, volumes } = certificates.renewer("guard");
    const holders: string[] = [];
    for (const one of await everyContainer()) {
      const { Mounts } = (await inspect(one)) as unknown as { Mounts: { Name?: string }[] };
      if (Mounts.some(({ Name }) => Name === volumes["/publish"])) holders.push(one);
    }
    const own = [id, await container("guard")];
    const others = holders.filter((one) => !own.some((known) => known.startsWith(one)));
    // What handed the volume over to the renewer has ended.
    assert.ok(others.length <= 1, `somebody else has the volume: ${others.join(", ")}`);
    const { User } = ((await inspect(await container("openclaw"))) as unknown as { Config: { User: string } }).Config;
    const options = ["--network", "none", "--user", User, "--volume", `${volumes["/publish"]}:/x:ro`];
    const read = [
      "probe",
      "https",
      "--address",
      "127.0.0.1:9",
      "--server-name",
      "x",
      "--path",
      "/",
      "--ca",
      "/x/tls.key",
    ];
    const tried = await docker("run", "--rm", "--entrypoint", "/zt-tools", ...options, image, ...read);
    assert.match(tried.output, /permission denied/);
  });

  test("of a workload can be denied at once, and given back", async () => {
    const socket = await connected();
    const denied = await testbed("revoke", ["--workload", "edge"]);
    assert.equal(denied.code, 0, denied.output);
    await within(5000, socket.closed, "the WebSocket stays open");
    await eventually(async () => (await ask(bob, "/new")).status === 403);
    const restored = await testbed("restore", ["--workload", "edge"]);
    assert.equal(restored.code, 0, restored.output);
    await eventually(async () => (await ask(bob, "/new")).status === 200);
  });

  test("survive that the root is replaced: both are good meanwhile, the old one not any more", async (context) => {
    const old = JSON.parse((await certificates.issue("edge", {})).output) as Record<
      "certificate" | "privateKey",
      string
    >;
    const accepted = () => acceptedByGuard(driver, { cert: old.certificate, key: old.privateKey });
    const [current, second] = [await signingRoot(pulumi), `r${Date.now()}`];
    const outcome = await underLoad(bob, PER_SECOND_DEPLOYING, async () => {
      for (const roots of [
        [current, second],
        [second, current],
      ]) {
        await setRoots(pulumi, roots);
        await deploy();
        // A browser that had both from the first step on.
        bob.roots = people.roots;
        assert.ok(await accepted(), `a leaf of the old root is refused while both are trusted: ${roots}`);
      }
      await setRoots(pulumi, [second]);
      await deploy();
    });
    undisturbed(context, outcome);
    await eventually(async () => !(await accepted()));
    bob = await people.signedIn("operator");
  });
});

/** How often a workload's Envoy was given a pair that it could not use. It says so on a socket that only its own container reaches. */
async function unusable(workload: string): Promise<number> {
  const id = await container(workload);
  const counter = "sds.leaf.key_rotation_failed";
  const ask = ["probe", "unix", "--socket", "/run/workload/admin.sock", "--path", `/stats?filter=${counter}`];
  for (let count = 0; count <= 100; count++) {
    const { code } = await docker("exec", id, "/files/bin/zt-tools", ...ask, "--expect", `${counter}: ${count}\n`);
    if (code === 0) return count;
  }
  throw new Error(`${counter} of ${workload} is above 100, or not there`);
}

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + RECOVERED_MS; ; await sleep(500)) {
    if (await condition().catch(() => false)) return;
    assert.ok(Date.now() < end, "not in time");
  }
}
