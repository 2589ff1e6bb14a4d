import { randomBytes } from "node:crypto";
import type { Case } from "../case";
import { hostOf, linesWith, outcome, request, toEdge } from "../raw";

function path(
  name: string,
  what: string,
  first: string,
  expected: string | RegExp,
  headers?: (host: string) => string[],
): Case {
  return {
    id: `path.${name}`,
    serves: [1, 25],
    what: `as a viewer, ${what}`,
    expected,
    attack: async (context) => {
      const host = hostOf(context);
      const all = [...(headers?.(host) ?? [`Host: ${host}`]), `Cookie: ${await context.cookies("viewer")}`];
      const answer = await toEdge(context, Buffer.from(request(first, all), "utf8"));
      // OpenClaw answers whatever it does not know with the page that is the same for everybody.
      return /<html data-openclaw-control-ui/.test(answer.received.toString()) ? "the page" : outcome(answer);
    },
  };
}

const DIAGNOSTICS = "asks for OpenClaw's diagnostics, which are denied,";

export const pathCases: Case[] = [
  path("plain", "asks for a page, to know that the others are refused for their paths", "GET /new", "the page"),
  path("diagnostics", DIAGNOSTICS, "GET /api/diagnostics/x", "403"),
  path("dots", `${DIAGNOSTICS} behind dots`, "GET /x/../api/diagnostics/x", "403"),
  path("encoded-dots", `${DIAGNOSTICS} behind encoded dots`, "GET /x/%2e%2e/api/diagnostics/x", "403"),
  path(
    "encoded-dots-capital",
    `${DIAGNOSTICS} behind dots encoded with capitals`,
    "GET /x/%2E%2E/api/%2E/diagnostics/x",
    "403",
  ),
  path("double-slash", `${DIAGNOSTICS} with doubled slashes`, "GET //api//diagnostics/x", "403"),
  path("backslash", `${DIAGNOSTICS} with backslashes`, "GET /x\\..\\api\\diagnostics/x", /^(400|403)$/),
  path("encoded-slash", `${DIAGNOSTICS} with an encoded slash`, "GET /api%2fdiagnostics/x", "400"),
  path(
    "encoded-slash-dots",
    `${DIAGNOSTICS} with encoded slashes and dots`,
    "GET /..%2f..%2fapi%2Fdiagnostics/x",
    "400",
  ),
  path("encoded-backslash", `${DIAGNOSTICS} with an encoded backslash`, "GET /api%5cdiagnostics/x", "400"),
  path("encoded-letter", `${DIAGNOSTICS} with an encoded letter`, "GET /api/%64iagnostics/x", /^(400|403)$/),
  path(
    "double-encoded",
    `${DIAGNOSTICS} with a slash encoded twice`,
    "GET /api%252fdiagnostics/x",
    /^(400|403|404|the page)$/,
  ),
  path(
    "semicolon",
    `${DIAGNOSTICS} with a parameter in the path`,
    "GET /api;x=1/diagnostics/x",
    /^(400|403|404|the page)$/,
  ),
  path("nul", "has a NUL in the path", "GET /new\0x", "400"),
  path("encoded-nul", "has an encoded NUL in the path", "GET /new%00x", "400"),
  path("fragment", "sends a fragment", "GET /new#@elsewhere.example", /^(400|the page)$/),
  path("unicode", "has letters outside ASCII in the path", "GET /new/ä\u202e", /^(400|the page)$/),
  path("no-slash", "has a path without a slash", "GET new", "400"),
  path("asterisk", "asks for the server as a whole", "OPTIONS *", /^(400|403|404)$/),
  path("long", "has a path of 40 kB", `GET /${"a".repeat(40_000)}`, /^(414|431)$/),
  path("other-host", "asks for another host", "GET /new", "404", () => ["Host: elsewhere.example"]),
  path("host-with-path", "has a host with a path in it", "GET /new", /^(400|404)$/, (host) => [`Host: ${host}/x`]),
  path("host-with-user", "has a host with a user in it", "GET /new", /^(400|404)$/, (host) => [`Host: alice@${host}`]),
  path("trace", "uses TRACE", "TRACE /new", "403"),
  path("connect", "uses CONNECT", "CONNECT 169.254.169.254:80", /^(400|403|404)$/),
  path("propfind", "uses PROPFIND", "PROPFIND /new", "403"),
  path("lower-case-method", "uses a method in small letters", "get /new", /^(400|403)$/),
  path("unknown-method", "uses a method of one's own", "FROBNICATE /new", /^(400|403)$/),
  {
    id: "path.spelling",
    serves: [30],
    what: "as a viewer, asks for a page by a roundabout path, and reads which path the guard was asked for",
    expected: "the plain path",
    attack: async (context) => {
      const name = `new-${randomBytes(8).toString("hex")}`;
      const headers = [`Host: ${hostOf(context)}`, `Cookie: ${await context.cookies("viewer")}`];
      await toEdge(context, request(`GET /a/./b//%2e%2e/../${name}`, headers));
      const [line = "{}"] = await linesWith(context, "guard", name);
      const { path: asked } = JSON.parse(line) as { path?: string };
      return asked === `/a/${name}` ? "the plain path" : `${asked}`;
    },
  },
];
