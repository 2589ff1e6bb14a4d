import { randomBytes } from "node:crypto";
import { LOGIN_TOKEN } from "../../../lib/envoy";
import { OpenClawClient } from "../../../testbed/client/openclaw";
import type { Case } from "../case";
import type { Context } from "../context";
import { hostOf, linesWith, outcome, PROTECTED, request, toEdge } from "../raw";

const INVOKE = '{"tool":"session_status"}';
const ADMIN = "alice@example.com";

/** Calls a tool, which a viewer must not, with more headers than an honest client has. */
async function invoke(context: Context, role: string, headers: string[]): Promise<string> {
  const all = [
    `Host: ${hostOf(context)}`,
    `Cookie: ${await context.cookies(role)}`,
    "content-type: application/json",
    `content-length: ${INVOKE.length}`,
    ...headers,
  ];
  return outcome(await toEdge(context, request("POST /tools/invoke", all, INVOKE)));
}

/** Who OpenClaw thinks somebody is, who connects with forged headers. */
async function self(context: Context, headers: (context: Context) => Promise<Record<string, string>>): Promise<string> {
  const client = await OpenClawClient.connect(
    await context.signedIn("viewer"),
    ["operator.admin", "operator.read"],
    await headers(context),
  );
  try {
    const said = JSON.stringify(await client.request("users.self", {}));
    const found = context.deployment.users.filter(({ email }) => said.includes(email)).map(({ role }) => role);
    return `${found.join(" and ")} with ${client.scopes.join(",")}`;
  } finally {
    client.close();
  }
}

const forged = (name: string, what: string, headers: string[], expected: string | RegExp = "403"): Case => ({
  id: `identity.${name}`,
  serves: [6, 19, 25],
  what: `as a viewer, calls a tool with ${what}`,
  expected,
  attack: (context) => invoke(context, "viewer", headers),
});

const pretended = (
  name: string,
  what: string,
  headers: (context: Context) => Promise<Record<string, string>>,
): Case => ({
  id: `identity.${name}`,
  serves: [6, 19, 25],
  what: `as a viewer, opens a WebSocket with ${what}`,
  expected: "viewer with operator.read",
  attack: (context) => self(context, headers),
});

export const identityCases: Case[] = [
  {
    id: "identity.operator",
    serves: [6],
    what: "as an operator, calls a tool, to know that viewers are refused for being viewers",
    expected: "200",
    attack: (context) => invoke(context, "operator", []),
  },
  forged("none", "nothing more", []),
  forged("scopes", "administrator's scopes", ["x-openclaw-scopes: operator.admin"]),
  forged("scopes-twice", "administrator's scopes twice", [
    "x-openclaw-scopes: operator.admin",
    "X-OPENCLAW-SCOPES: operator.admin,operator.write",
  ]),
  forged("scopes-nominated", "administrator's scopes, and names what to drop behind", [
    "x-openclaw-scopes: operator.admin",
    "Connection: keep-alive, x-openclaw-scopes, authorization",
  ]),
  forged("scopes-underscores", "administrator's scopes with underscores", ["x_openclaw_scopes: operator.admin"], "400"),
  forged("scopes-mixed", "administrator's scopes with one underscore", ["x-openclaw_scopes: operator.admin"], "400"),
  forged("user-underscores", "another's name with underscores", [`x_forwarded_user: ${ADMIN}`], "400"),
  forged("model", "another model and agent", ["x-openclaw-model: other", "x-openclaw-agent-id: other"]),
  forged("password", "a made-up password and token", ["x-openclaw-password: guess", "x-openclaw-token: guess"]),
  forged("override", "another method in a header", ["X-HTTP-Method-Override: GET", "X-Method-Override: GET"]),
  forged("original-url", "another path in headers", ["X-Original-URL: /healthz", "X-Rewrite-URL: /healthz"]),
  pretended("user", "another's name in the usual headers", async () => ({
    "x-forwarded-user": ADMIN,
    "x-forwarded-email": ADMIN,
    "x-auth-request-email": ADMIN,
    "x-pomerium-claim-email": ADMIN,
    "tailscale-user-login": ADMIN,
    "cf-access-authenticated-user-email": ADMIN,
    "remote-user": ADMIN,
  })),
  pretended("secret-user", "another's name in the stolen secret header", async ({ deployment }) => ({
    [deployment.secrets.userHeader]: ADMIN,
  })),
  pretended("scopes-websocket", "administrator's scopes", async () => ({ "x-openclaw-scopes": "operator.admin" })),
  pretended("token", "a good token of an administrator beside the own session", async (context) => {
    const claims = { email: ADMIN, groups: ["openclaw-admins"], amr: ["mfa"] };
    return { authorization: `Bearer ${(await context.tokens()).mint({ claims })}` };
  }),
  pretended("token-in-place", "an administrator's token where the login puts the own one", async (context) => {
    const claims = { email: ADMIN, groups: ["openclaw-admins"], amr: ["mfa"] };
    return { [LOGIN_TOKEN.header]: (await context.tokens()).mint({ claims }) };
  }),
  {
    id: "identity.address",
    serves: [15, 25],
    what: "claims to come from another address, and reads what the guard was told",
    expected: "not believed",
    attack: async (context) => {
      const name = `new-${randomBytes(8).toString("hex")}`;
      const claims = ["X-Forwarded-For", "X-Real-IP", "True-Client-IP", "Forwarded"];
      const values = ["203.0.113.77", "203.0.113.77", "203.0.113.77", "for=203.0.113.77"];
      const headers = [`Host: ${hostOf(context)}`, `Cookie: ${await context.cookies("viewer")}`];
      await toEdge(
        context,
        request(`GET /${name}`, [...headers, ...claims.map((claim, i) => `${claim}: ${values[i]}`)]),
      );
      const lines = await linesWith(context, "guard", name);
      if (lines.length === 0) throw new Error("the guard has no line of the request");
      return lines.some((line) => line.includes("203.0.113.77")) ? "believed" : "not believed";
    },
  },
  {
    id: "identity.request-id",
    serves: [30],
    what: "sends a request id of one's own, and looks for it in the logs",
    expected: "replaced",
    attack: async (context) => {
      const name = `new-${randomBytes(8).toString("hex")}`;
      const id = "00000000-dead-4bad-8bad-000000000000";
      const headers = [`Host: ${hostOf(context)}`, `Cookie: ${await context.cookies("viewer")}`, `X-Request-Id: ${id}`];
      await toEdge(context, request(`GET /${name}`, headers));
      const lines = [...(await linesWith(context, "edge", name)), ...(await linesWith(context, "guard", name))];
      if (lines.length < 2) throw new Error("not both have a line of the request");
      return lines.some((line) => line.includes(id)) ? "kept" : "replaced";
    },
  },
  {
    id: "identity.answer-headers",
    serves: [25],
    what: "looks in an answer for what an attacker could use: no protection against sniffing, or names from inside",
    expected: "nothing",
    attack: async (context) => {
      const headers = [`Host: ${hostOf(context)}`, `Cookie: ${await context.cookies("viewer")}`];
      const { received } = await toEdge(context, request(`GET ${PROTECTED}`, headers));
      const [head = ""] = received.toString().toLowerCase().split("\r\n\r\n");
      const lacks = ["x-content-type-options: nosniff", "referrer-policy: "].filter((wanted) => !head.includes(wanted));
      const tells = ["x-oc-", "x-openclaw-scopes", "x-envoy-", "authorization"].filter((name) => head.includes(name));
      return [...lacks.map((one) => `lacks ${one}`), ...tells.map((one) => `tells ${one}`)].join(", ") || "nothing";
    },
  },
];
