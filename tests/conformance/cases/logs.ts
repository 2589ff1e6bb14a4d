import { randomBytes } from "node:crypto";
import { spiffeId } from "../../../lib";
import type { Case } from "../case";
import { issue, stolenIssuer } from "../certificates";
import type { Context } from "../context";
import { asEdge, asPersonsToken, hostOf, linesWith, OWN, request, toEdge, toPort } from "../raw";

/** What a line must say about a request. */
const FIELDS = [
  "time",
  "request_id",
  "user",
  "role",
  "peer",
  "method",
  "path",
  "status",
  "decision",
  "reason",
  "received",
  "sent",
  "duration_ms",
];

type Line = Record<string, unknown>;

function log(name: string, what: string, expected: string, attack: (context: Context) => Promise<string>): Case {
  return { id: `log.${name}`, serves: [30, 71, 74], what, expected, attack };
}

/** The one line a workload wrote about a request. */
async function lineOf(context: Context, workload: string, text: string): Promise<Line> {
  const found = (await linesWith(context, workload, text)).filter((line) => line.startsWith("{"));
  if (found.length !== 1) throw new Error(`${workload} has ${found.length} lines of the request, not one`);
  return JSON.parse(found[0] as string) as Line;
}

const lacking = (line: Line, who: string) =>
  FIELDS.filter((field) => !(field in line)).map((field) => `${who} lacks ${field}`);
const marker = () => `new-${randomBytes(8).toString("hex")}`;

export const logCases: Case[] = [
  log("allowed", "makes an allowed request, and reads what edge and guard wrote", "complete", async (context) => {
    const name = marker();
    const headers = [`Host: ${hostOf(context)}`, `Cookie: ${await context.cookies("viewer")}`];
    await toEdge(context, request(`GET /${name}?search=private-words`, headers));
    const [edge, guard] = await Promise.all([lineOf(context, "edge", name), lineOf(context, "guard", name)]);
    const carol = context.user("viewer").email;
    const wrong = [
      ...lacking(edge, "edge"),
      ...lacking(guard, "guard"),
      ...(edge.request_id === guard.request_id ? [] : ["the request ids differ"]),
      ...(guard.user === carol ? [] : ["guard does not say who"]),
      ...(edge.user === carol ? [] : ["edge does not say who"]),
      ...(JSON.stringify([edge, guard]).includes("private-words") ? ["the query is there"] : []),
      ...(guard.peer === spiffeId(context.deployment.perimeter, "edge") ? [] : ["guard does not say which peer"]),
      ...(guard.status === 200 ? [] : ["guard does not say the status"]),
    ];
    return wrong.join(", ") || "complete";
  }),
  log("denied-edge", "is denied by the edge, and reads what it wrote", "complete", async (context) => {
    const name = marker();
    await toEdge(context, request(`PROPFIND /${name}`, [`Host: ${hostOf(context)}`]));
    const line = await lineOf(context, "edge", name);
    const reason = /method/.test(`${line.reason}`) ? [] : [`the reason is ${line.reason}`];
    return [...lacking(line, "edge"), ...reason].join(", ") || "complete";
  }),
  log(
    "denied-guard",
    "is denied by the guard for having no role, and reads what it wrote",
    "complete",
    async (context) => {
      const name = marker();
      const email = "mallory@example.com";
      const token = (await context.tokens()).mint({ claims: { email, groups: ["nobody"] } });
      await asEdge(context, request(`GET /${name}`, [`Host: ${hostOf(context)}`, asPersonsToken(token)]));
      const line = await lineOf(context, "guard", name);
      const wrong = [
        ...lacking(line, "guard"),
        ...(line.user === email ? [] : ["it does not say who"]),
        ...(line.status === 403 ? [] : [`the status is ${line.status}`]),
        ...(line.decision === "no_role" ? [] : [`the decision is ${line.decision}`]),
      ];
      return wrong.join(", ") || "complete";
    },
  ),
  log("forged", "forges a token, and reads what the guard wrote", "complete", async (context) => {
    const name = marker();
    const forged = (await context.tokens()).mint({ header: { alg: "none" }, signature: () => Buffer.alloc(0) });
    await asEdge(context, request(`GET /${name}`, [`Host: ${hostOf(context)}`, asPersonsToken(forged)]));
    const line = await lineOf(context, "guard", name);
    const wrong = [
      ...lacking(line, "guard"),
      ...(line.status === 401 ? [] : [`the status is ${line.status}`]),
      ...(line.user ? ["it believes who"] : []),
      ...(/jwt/i.test(`${line.reason}`) ? [] : [`the reason is ${line.reason}`]),
      ...(JSON.stringify(line).includes(forged.slice(0, 40)) ? ["the token is there"] : []),
    ];
    return wrong.join(", ") || "complete";
  }),
  log(
    "handshake-guard",
    "fails the guard's handshake with a stolen identity, and reads what it wrote",
    "one line",
    async (context) => {
      const uri = `spiffe://openclaw.internal/public/rogue-${randomBytes(6).toString("hex")}`;
      const pair = await issue(await stolenIssuer(context.deployment.secrets), { uris: [uri] });
      const flow = { from: "edge", to: "guard", port: "mtls" };
      const tls = { serverName: "guard", ca: OWN.ca, ...pair };
      await toPort(context, { workload: "edge" }, flow, { tls, send: [{ data: "GET / HTTP/1.1\r\n\r\n" }] });
      const line = await lineOf(context, "guard", uri);
      return line.failure ? "one line" : "a line that does not say it failed";
    },
  ),
  log(
    "handshake-edge",
    "fails the edge's handshake by an old version of TLS, and counts the lines about that",
    "a line more",
    async (context) => {
      const failures = async () =>
        (await context.driver.log("edge")).filter((line) => /"failure":"TLS_error/.test(line)).length;
      const before = await failures();
      await toEdge(context, "x", { tls: { maxVersion: "1.2" } });
      for (let i = 0; i < 20; i++) {
        if ((await failures()) > before) return "a line more";
        await new Promise((done) => setTimeout(done, 300));
      }
      return "none";
    },
  ),
  log(
    "no-tokens",
    "reads the logs of all parts, and looks for anything that looks like a token or a key",
    "nothing",
    async (context) => {
      const parts = ["edge", "guard", "egress", "openclaw"];
      const logs = await Promise.all(parts.map((part) => context.driver.log(part)));
      const found = parts.filter((_, i) =>
        logs[i]?.some((line) => /eyJ[\w-]{20,}\.eyJ|BEGIN [A-Z ]*PRIVATE KEY/.test(line)),
      );
      return found.join(" and ") || "nothing";
    },
  ),
];
