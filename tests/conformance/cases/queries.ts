import { randomBytes } from "node:crypto";
import type { Case } from "../case";
import type { Context } from "../context";
import { hostOf, logsWritten, outcome, request, toEdge } from "../raw";

const NAMES = ["token", "gateway_token", "auth", "access_token"];

const encoded = (name: string, prefix = "%") => `${prefix}${name.charCodeAt(0).toString(16)}${name.slice(1)}`;
const encodedLast = (name: string) => `${name.slice(0, -1)}%${name.charCodeAt(name.length - 1).toString(16)}`;

/** Ways to write a parameter's name so that somebody behind may still read it as that name. */
const SPELLINGS: [name: string, write: (name: string, value: string) => string][] = [
  ["plain", (name, value) => `${name}=${value}`],
  ["capitals", (name, value) => `${name.toUpperCase()}=${value}`],
  ["mixed", (name, value) => `${name[0]?.toUpperCase()}${name.slice(1)}=${value}`],
  ["encoded", (name, value) => `${encoded(name)}=${value}`],
  ["encoded-last", (name, value) => `${encodedLast(name)}=${value}`],
  ["double-encoded", (name, value) => `${encoded(name, "%25")}=${value}`],
  ["repeated", (name, value) => `a=1&${name}=${value}&${name}=2`],
  ["without-value", (name, value) => `b=${value}&${name}`],
];

const PARTS = ["edge", "guard", "openclaw"];

/** Sends a request with a value nobody else has, and looks for it in every log afterwards. */
async function sent(context: Context, query: (value: string) => string, headers: string[]): Promise<string> {
  const value = `v${randomBytes(12).toString("hex")}`;
  const path = `/new?${query(value)}`;
  const answer = await toEdge(context, request(`GET ${path}`, [`Host: ${hostOf(context)}`, ...headers]));
  await logsWritten();
  const logs = await Promise.all(PARTS.map((part) => context.driver.log(part)));
  const logged = PARTS.filter((_, i) => logs[i]?.some((line) => line.includes(value)));
  return `${outcome(answer)}${logged.length > 0 ? `, in the log of ${logged.join(" and ")}` : ""}`;
}

const UPGRADE = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
];

export const queryCases: Case[] = [
  ...NAMES.flatMap((name) =>
    SPELLINGS.map(
      ([spelling, write]): Case => ({
        id: `query.${name}.${spelling}`,
        serves: [31],
        what: `puts a credential into the query as ${write(name, "…")}`,
        expected: "400",
        attack: async (context) =>
          sent(context, (value) => write(name, value), [`Cookie: ${await context.cookies("viewer")}`]),
      }),
    ),
  ),
  ...NAMES.map(
    (name): Case => ({
      id: `query.${name}.websocket`,
      serves: [31],
      what: `puts a credential into a WebSocket's URL as ${name}=…`,
      expected: "400",
      attack: async (context) =>
        sent(context, (value) => `${name}=${value}`, [
          `Cookie: ${await context.cookies("viewer")}`,
          `Origin: ${context.deployment.origin}`,
          ...UPGRADE,
        ]),
    }),
  ),
  {
    id: "query.without-session",
    serves: [31],
    what: "puts a credential into the query without being signed in, from where it would be kept to return to",
    expected: "400",
    attack: (context) => sent(context, (value) => `token=${value}`, []),
  },
  {
    id: "query.harmless",
    serves: [31],
    what: "uses a parameter whose name only contains one of those, to know that others pass, and searches the logs for it",
    expected: "200",
    attack: async (context) =>
      sent(context, (value) => `mytoken=${value}&author=2`, [`Cookie: ${await context.cookies("viewer")}`]),
  },
];
