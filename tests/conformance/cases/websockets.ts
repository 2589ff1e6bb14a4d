import WebSocket from "ws";
import { OpenClawClient } from "../../../testbed/client/openclaw";
import type { Case } from "../case";
import type { Context } from "../context";
import { hostOf, outcome, request, toEdge } from "../raw";

/** OpenClaw takes messages of 25 MiB at most. */
const TOO_LARGE = 26 * 1024 * 1024;
const WAIT_MS = 30_000;

function websocket(
  name: string,
  what: string,
  expected: string | RegExp,
  attack: (context: Context) => Promise<string>,
): Case {
  return { id: `websocket.${name}`, serves: [1, 6, 18], what, expected, attack };
}

/** Asks for scopes as a role, and says which were granted, or why none. */
async function connect(
  context: Context,
  role: string,
  headers: Record<string, string | undefined> = {},
): Promise<string> {
  const wanted = ["operator.admin", "operator.write", "operator.read", "operator.approvals", "operator.pairing"];
  try {
    const client = await OpenClawClient.connect(await context.signedIn(role), wanted, headers);
    client.close();
    return client.scopes.sort().join(",") || "no scopes";
  } catch (error) {
    return (error as Error).message;
  }
}

/** Calls a method of OpenClaw as a role. */
async function call(context: Context, role: string, method: string, params: object): Promise<string> {
  const client = await OpenClawClient.connect(await context.signedIn(role), [
    "operator.admin",
    "operator.read",
    "operator.write",
  ]);
  try {
    await client.request(method, params);
    return "done";
  } catch (error) {
    return (error as Error).message;
  } finally {
    client.close();
  }
}

/** Says something else than the handshake on an open socket, and how the socket ended. */
async function speak(context: Context, role: string, say: (socket: WebSocket) => void): Promise<string> {
  const { origin, roots } = context.deployment;
  const headers = { origin, cookie: await context.cookies(role) };
  const socket = new WebSocket(`${origin.replace("https:", "wss:")}/`, { ca: roots, headers });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => end("left open"), WAIT_MS);
    const end = (seen: string) => {
      clearTimeout(timer);
      socket.terminate();
      resolve(seen);
    };
    socket.on("error", reject);
    socket.on("close", (code) => end(`closed ${code}`));
    socket.on("message", (data) => {
      const { event, type, ok } = JSON.parse(data.toString()) as { event?: string; type?: string; ok?: boolean };
      if (event === "connect.challenge") say(socket);
      else if (type === "res" && ok) end("answered");
    });
  });
}

const HANDSHAKE = ["Connection: Upgrade", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="];

/** An upgrade as text, so that it can be a wrong one. */
async function upgrade(context: Context, headers: string[], role?: string): Promise<string> {
  const cookie = role ? [`Cookie: ${await context.cookies(role)}`] : [];
  const all = [`Host: ${hostOf(context)}`, `Origin: ${context.deployment.origin}`, ...cookie, ...HANDSHAKE, ...headers];
  return outcome(await toEdge(context, request("GET /", all)));
}

const DENIED = /FORBIDDEN|missing scope|INVALID_REQUEST|not allowed/i;

export const websocketCases: Case[] = [
  websocket(
    "own",
    "connects as an operator, to know that the others are refused for what is wrong with them",
    "operator.approvals,operator.read,operator.write",
    (context) => connect(context, "operator"),
  ),
  websocket("no-session", "connects without a session", "401", (context) =>
    upgrade(context, ["Upgrade: websocket", "Sec-WebSocket-Version: 13"]),
  ),
  websocket(
    "wrong-origin",
    "connects from another site with a person's session",
    /origin not allowed|HTTP 403/,
    (context) => connect(context, "operator", { origin: "https://elsewhere.example" }),
  ),
  websocket(
    "origin-suffix",
    "connects from a site whose name begins like the right one",
    /origin not allowed|HTTP 403/,
    (context) => connect(context, "operator", { origin: `${context.deployment.origin}.elsewhere.example` }),
  ),
  websocket("origin-null", "connects from a sandboxed page", /origin not allowed|HTTP 403/, (context) =>
    connect(context, "operator", { origin: "null" }),
  ),
  websocket("no-origin", "connects without saying from where", /origin not allowed|HTTP 403/, (context) =>
    connect(context, "operator", { origin: undefined }),
  ),
  websocket("viewer-scopes", "asks for administrator's scopes as a viewer", "operator.read", (context) =>
    connect(context, "viewer"),
  ),
  websocket("viewer-chat", "sends a chat message as a viewer", DENIED, (context) =>
    call(context, "viewer", "chat.send", {
      sessionKey: "agent:main:main",
      message: "hello",
      idempotencyKey: "conformance",
    }),
  ),
  websocket("viewer-create", "begins a conversation as a viewer", DENIED, (context) =>
    call(context, "viewer", "sessions.create", { agentId: "main" }),
  ),
  ...["viewer", "operator"].flatMap((role) => [
    websocket(`${role}-config-patch`, `changes OpenClaw's configuration as ${role}`, DENIED, (context) =>
      call(context, role, "config.patch", { raw: "{}", baseHash: "x" }),
    ),
    websocket(`${role}-config-get`, `changes the whole configuration as ${role}`, DENIED, (context) =>
      call(context, role, "config.set", { raw: "{}", baseHash: "x" }),
    ),
    websocket(`${role}-set-role`, `gives somebody a role as ${role}`, DENIED, (context) =>
      call(context, role, "users.setRole", { userId: "carol@example.com", role: "admin" }),
    ),
    websocket(`${role}-pairing`, `approves a device as ${role}`, DENIED, (context) =>
      call(context, role, "device.pair.approve", { requestId: "x" }),
    ),
  ]),
  websocket("before-handshake", "calls a method before the handshake", /^closed (1002|1008)$/, (context) =>
    speak(context, "operator", (socket) => socket.send('{"type":"req","id":"1","method":"users.self","params":{}}')),
  ),
  websocket("old-protocol", "speaks an older version of OpenClaw's protocol", /^closed 1002$/, (context) =>
    speak(context, "operator", (socket) =>
      socket.send(
        JSON.stringify({
          type: "req",
          id: "1",
          method: "connect",
          params: {
            minProtocol: 3,
            maxProtocol: 3,
            client: { id: "openclaw-control-ui", version: "dev", platform: "linux", mode: "webchat" },
          },
        }),
      ),
    ),
  ),
  websocket("garbage", "says what is no message", /^closed 10\d\d$/, (context) =>
    speak(context, "operator", (socket) => socket.send("\0\0\0")),
  ),
  websocket("oversized", "sends a message of 26 MiB", /^closed (1006|1008|1009)$/, (context) =>
    speak(context, "operator", (socket) => socket.send(Buffer.alloc(TOO_LARGE, "x"))),
  ),
  websocket("version", "upgrades with a version of WebSocket that is none", /^4\d\d$/, (context) =>
    upgrade(context, ["Upgrade: websocket", "Sec-WebSocket-Version: 777"], "viewer"),
  ),
  websocket("h2c", "upgrades to HTTP/2 in the clear", /^(200|302|4\d\d)$/, (context) =>
    upgrade(context, ["Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"], "viewer"),
  ),
  websocket("tcp", "upgrades to something else", /^(302|4\d\d)$/, (context) =>
    upgrade(context, ["Upgrade: tcp"], "viewer"),
  ),
];
