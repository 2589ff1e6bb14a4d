import assert from "node:assert/strict";
import { ask } from "../../../testbed/client/http";
import type { People } from "./people";
import { secretsOf } from "./secrets";

const TOKEN_PATH = "/demo-identity/token";

/** They stay what they are for as long as the deployment knows the program. */
const secrets = new Map<string, Promise<string>>();

/** A program's access token by client credentials, as the demo identity provider gives it. */
export async function programToken(people: People, clientId: string): Promise<string> {
  const known = secrets.get(clientId) ?? secretOf(clientId);
  secrets.set(clientId, known);
  const answer = await ask(people.stranger(), TOKEN_PATH, {
    method: "POST",
    headers: {
      authorization: `Basic ${Buffer.from(`${clientId}:${await known}`).toString("base64")}`,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: "grant_type=client_credentials",
  });
  assert.equal(answer.status, 200, answer.body);
  return (JSON.parse(answer.body) as { access_token: string }).access_token;
}

async function secretOf(clientId: string): Promise<string> {
  const found = (await secretsOf()).find(({ name }) => name.endsWith(`-machine-${clientId}`));
  assert.ok(found, `the deployment has no program ${clientId}`);
  return found.value;
}
