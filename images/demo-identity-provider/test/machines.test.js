import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { clientId, issuer, startServer, users, writeFiles } from "./fixtures.js";
import { machineToken, newBrowser, signIn, verify } from "./flow.js";

const robot = { id: "robot", secret: "secret-of-the-robot" };
const report = { id: "report", secret: "secret-of-the-report" };

let directory;
let server;
let browser;

before(async () => {
  directory = writeFiles({
    config: {
      machineClients: [
        { clientId: robot.id, audience: "openclaw" },
        { clientId: report.id, audience: "https://reports.example.test" },
      ],
    },
    files: { "machine-client-robot": `${robot.secret}\n`, "machine-client-report": report.secret },
  });
  server = await startServer(directory);
  browser = newBrowser(server.port, readFileSync(join(directory, "tls.crt")));
});

after(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

test("a machine gets a signed token for its audience, with its name and no groups", async () => {
  const answer = await machineToken(browser, robot);
  assert.equal(answer.status, 200);
  assert.equal(answer.refresh_token, undefined);
  const { payload, protectedHeader } = await verify(browser, answer.access_token, "openclaw");
  assert.equal(protectedHeader.alg, "ES256");
  const { sub, azp, client_id, iss, exp, iat } = payload;
  assert.deepEqual({ sub, azp, client_id, iss }, { sub: robot.id, azp: robot.id, client_id: robot.id, iss: issuer });
  assert.equal(exp - iat, 600);
  for (const claim of ["groups", "email", "amr", "acr", "sid"]) assert.equal(payload[claim], undefined, claim);
  const other = await machineToken(browser, report);
  assert.equal((await verify(browser, other.access_token, "https://reports.example.test")).payload.azp, report.id);
});

test("a machine gets no token for another's audience, with a wrong secret, or as a person", async () => {
  const wrong = await machineToken(browser, { ...robot, secret: report.secret });
  assert.equal(wrong.error, "invalid_client");
  const foreign = await machineToken(browser, robot, { resource: "urn:demo-identity:machine:report" });
  assert.equal(foreign.error, "invalid_target");
  for (const grant of ["authorization_code", "refresh_token"]) {
    const answer = await machineToken(browser, robot, { grant_type: grant, code: "a", refresh_token: "a" });
    assert.ok(["unauthorized_client", "invalid_request"].includes(answer.error), `${grant}: ${answer.error}`);
  }
});

test("people sign in as before, and the application itself gets no machine token", async () => {
  const [, bob] = users;
  const tokens = await signIn(browser, { email: bob.email, password: bob.password });
  assert.equal((await verify(browser, tokens.id_token)).payload.email, bob.email);
  assert.ok(!tokens.access_token.includes("."), "an access token of a person says nothing");
  const application = { id: clientId, secret: "client-secret-for-tests" };
  const answer = await machineToken(browser, application);
  assert.deepEqual({ status: answer.status, token: answer.access_token }, { status: 400, token: undefined });
});

test("no secret is in the log", () => {
  const text = server.output.join("\n");
  for (const { secret } of [robot, report]) assert.ok(!text.includes(secret));
});
