import { ask } from "../../../testbed/client/http";
import type { Case } from "../case";
import type { Context } from "../context";
import type { Answer, Order } from "../probe";
import { asEdge, asPersonsToken, hostOf, outcome, PROTECTED, request, statusesIn, toEdge } from "../raw";

const MEGABYTE = 1024 * 1024;

function limit(
  name: string,
  what: string,
  expected: string | RegExp,
  attack: (context: Context) => Promise<string>,
  alone = false,
): Case {
  return { id: `limit.${name}`, serves: [32], what, expected, attack, alone };
}

const posted = async (context: Context, headers: string[]) =>
  request("POST /tools/invoke", [`Host: ${hostOf(context)}`, `Cookie: ${await context.cookies("viewer")}`, ...headers]);

/** Longer than any time limit for people who are slow. */
const PATIENCE_MS = 75_000;
const TIMED_OUT = /^(408|400|504|hung up)$/;

export const limitCases: Case[] = [
  limit("body-announced", "announces a body of 11 MB", "413", async (context) =>
    outcome(await toEdge(context, await posted(context, [`Content-Length: ${11 * MEGABYTE}`]))),
  ),
  limit("body-chunked", "sends a body of 11 MB without saying how long it is", "413", async (context) => {
    const chunk = `100000\r\n${"x".repeat(MEGABYTE)}\r\n`;
    const head = await posted(context, ["Transfer-Encoding: chunked"]);
    return outcome(
      await toEdge(context, [{ data: head }, { data: chunk, repeat: 11 }, { data: "0\r\n\r\n" }], {
        receive: { forMs: 20_000 },
      }),
    );
  }),
  limit("headers-many", "sends 200 headers", "431", async (context) => {
    const many = Array.from({ length: 200 }, (_, i) => `x-many-${i}: 1`);
    return outcome(await toEdge(context, request("GET /new", [`Host: ${hostOf(context)}`, ...many])));
  }),
  limit("header-large", "sends a header of 40 kB", "431", async (context) =>
    outcome(await toEdge(context, request("GET /new", [`Host: ${hostOf(context)}`, `x-large: ${"a".repeat(40_000)}`]))),
  ),
  limit("cookies-large", "sends 60 kB of cookies", "431", async (context) =>
    outcome(
      await toEdge(context, request("GET /new", [`Host: ${hostOf(context)}`, `Cookie: a=${"a".repeat(60_000)}`])),
    ),
  ),
  limit("slow-headers", "sends a header a second and never ends", TIMED_OUT, async (context) =>
    outcome(
      await toEdge(
        context,
        [
          { data: `GET /new HTTP/1.1\r\nHost: ${hostOf(context)}\r\n` },
          { data: "x-a: b\r\n", afterMs: 1000, repeat: 75 },
        ],
        { receive: { forMs: PATIENCE_MS } },
      ),
    ),
  ),
  limit("slow-body", "sends a byte of a body a second and never ends", TIMED_OUT, async (context) =>
    outcome(
      await toEdge(
        context,
        [{ data: await posted(context, ["Content-Length: 5000"]) }, { data: "x", afterMs: 1000, repeat: 75 }],
        {
          receive: { forMs: PATIENCE_MS },
        },
      ),
    ),
  ),
  limit(
    "slow-handshake",
    "opens a connection and never begins the handshake",
    "hung up",
    async ({ driver, deployment }) => {
      const { hostname, port } = new URL(deployment.origin);
      return outcome(
        await driver.exchange("internet", { dial: `${hostname}:${port || 443}`, receive: { forMs: PATIENCE_MS } }),
      );
    },
  ),
  limit("half-handshake", "begins the handshake and never ends it", "hung up", async ({ driver, deployment }) => {
    const { hostname, port } = new URL(deployment.origin);
    const hello = Buffer.from("1603010200010001fc0303", "hex");
    const order = {
      dial: `${hostname}:${port || 443}`,
      send: [{ data: hello }],
      receive: { forMs: PATIENCE_MS, quietMs: PATIENCE_MS },
    };
    return outcome(await driver.exchange("internet", order));
  }),
  limit(
    "person-rate",
    "has one person, who has no role, ask the guard 4000 times at once from the edge's place",
    /^429 among /,
    async (context) => {
      const token = (await context.tokens()).mint({ claims: { sub: "in-a-hurry", groups: ["nobody"] } });
      return flood(context, [asPersonsToken(token)], (pieces) => asEdge(context, pieces, {}, LIMITS));
    },
    true,
  ),
  limit(
    "login-rate",
    "calls the login's callback 150 times at once",
    /^429 among /,
    async (context) => {
      const tries = Array.from({ length: 150 }, () => ask(context.browser(), "/oauth2/callback?code=x&state=y"));
      return amongst(await Promise.all(tries));
    },
    true,
  ),
  limit(
    "provider-rate",
    "calls the identity provider's sign-in 150 times at once",
    /^429 among /,
    async (context) => {
      const { headers } = await ask(context.browser(), "/new");
      const login = new URL(`${headers.location}`);
      const tries = Array.from({ length: 150 }, () => ask(context.browser(), login.href));
      return amongst(await Promise.all(tries));
    },
    true,
  ),
  limit(
    "address-rate",
    "asks 4000 times at once without a session",
    /^429 among /,
    (context) => flood(context, [], (pieces) => toEdge(context, pieces, { receive: LIMITS })),
    true,
  ),
];

const CONNECTIONS = 20;
const REQUESTS = 200;
const LIMITS = { forMs: 60_000, quietMs: 10_000, maxBytes: 1024 * 1024 };

/** Many requests, as fast as they are answered on several connections. Says which statuses the answers had. */
async function flood(
  context: Context,
  headers: string[],
  send: (pieces: Order["send"]) => Promise<Answer>,
): Promise<string> {
  const one = request(`GET ${PROTECTED}`, [`Host: ${hostOf(context)}`, ...headers]);
  const last = request(`GET ${PROTECTED}`, [`Host: ${hostOf(context)}`, "Connection: close", ...headers]);
  const pieces = [{ data: one, repeat: REQUESTS, afterAnswer: true }, { data: last }];
  const answers = await Promise.all(Array.from({ length: CONNECTIONS }, () => send(pieces)));
  return amongst(answers.flatMap(statusesIn).map((status) => ({ status: Number(status) })));
}

function amongst(answers: { status: number }[]): string {
  const statuses = [...new Set(answers.map(({ status }) => status))].sort();
  return statuses.includes(429) ? `429 among ${statuses.join(",")}` : statuses.join(",");
}
