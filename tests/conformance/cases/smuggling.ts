import { randomBytes } from "node:crypto";
import type { Case } from "../case";
import type { Context } from "../context";
import { h2Outcome, h2Request } from "../http2";
import { hostOf, logsWritten, outcome, request, toEdge } from "../raw";

const REFUSED = /^(400|501)$/;
/** For what has one meaning only, if it is not refused: then edge and guard saw the same requests. */
const REFUSED_OR_PLAIN = /^(400|501)$|, as two plain requests$/;

/** An attack that hides a request from the edge: the hidden one asks for `inner`, which must never arrive at the guard. */
function smuggle(
  name: string,
  what: string,
  make: (host: string, cookie: string, inner: string) => string,
  expected: string | RegExp = REFUSED,
): Case {
  return {
    id: `smuggling.${name}`,
    serves: [1, 25],
    what,
    expected,
    attack: async (context) => {
      const inner = `/smuggled-${randomBytes(8).toString("hex")}`;
      const answer = await toEdge(context, make(hostOf(context), await context.cookies("viewer"), inner));
      return `${outcome(answer)}${await arrival(context, inner)}`;
    },
  };
}

/** Whether the inner request arrived at the guard, and whether the edge knew that it was one. */
async function arrival({ driver }: Context, inner: string): Promise<string> {
  await logsWritten();
  const [atEdge, atGuard] = await Promise.all(
    ["edge", "guard"].map(async (part) => (await driver.log(part)).some((line) => line.includes(inner))),
  );
  if (!atGuard) return "";
  return atEdge ? ", as two plain requests" : ", and the hidden request arrived";
}

const hidden = (host: string, cookie: string, inner: string) =>
  request(`GET ${inner}`, [`Host: ${host}`, `Cookie: ${cookie}`]);
const post = (host: string, cookie: string, headers: string[], body: string) =>
  request("POST /tools/invoke", [`Host: ${host}`, `Cookie: ${cookie}`, ...headers], body);
/** A header after which the request goes on to be read by those who see no other end of it. */
const withHeader = (header: string) => (host: string, cookie: string, inner: string) =>
  post(host, cookie, [header, "Transfer-Encoding: chunked"], `0\r\n\r\n${hidden(host, cookie, inner)}`);
const withLength = (headers: string[]) => (host: string, cookie: string, inner: string) =>
  post(host, cookie, headers, `12345${hidden(host, cookie, inner)}`);

const h1: Case[] = [
  smuggle("cl-te", "says the length, and chunks with an end before it", (host, cookie, inner) => {
    const body = `0\r\n\r\n${hidden(host, cookie, inner)}`;
    return post(host, cookie, [`Content-Length: ${body.length}`, "Transfer-Encoding: chunked"], body);
  }),
  smuggle("te-cl", "says chunks, and a length with an end before theirs", (host, cookie, inner) => {
    const chunk = hidden(host, cookie, inner);
    const body = `${chunk.length.toString(16)}\r\n${chunk}\r\n0\r\n\r\n`;
    return post(host, cookie, ["Transfer-Encoding: chunked", "Content-Length: 4"], body);
  }),
  smuggle("te-te", "says chunks twice, once wrongly", withHeader("Transfer-Encoding: cow")),
  smuggle("te-list", "says chunks and something else in one header", (host, cookie, inner) =>
    post(host, cookie, ["Transfer-Encoding: identity, cow"], `0\r\n\r\n${hidden(host, cookie, inner)}`),
  ),
  smuggle("te-space", "has a space before the colon", (host, cookie, inner) =>
    post(host, cookie, ["Transfer-Encoding : chunked", "Content-Length: 5"], `12345${hidden(host, cookie, inner)}`),
  ),
  smuggle("te-tab", "has a vertical tab before the value", (host, cookie, inner) =>
    post(host, cookie, ["Transfer-Encoding:\x0bchunked", "Content-Length: 5"], `12345${hidden(host, cookie, inner)}`),
  ),
  // Who reads a continued line as part of the header before it, as one may, sees the length and two requests.
  smuggle(
    "obs-fold",
    "continues a header on the next line",
    (host, cookie, inner) =>
      post(
        host,
        cookie,
        ["X-Long: a\r\n Transfer-Encoding: chunked", "Content-Length: 5"],
        `12345${hidden(host, cookie, inner)}`,
      ),
    REFUSED_OR_PLAIN,
  ),
  smuggle("te-fold", "says chunks on a line of their own", (host, cookie, inner) =>
    post(host, cookie, ["Transfer-Encoding:\r\n chunked", "Content-Length: 5"], `12345${hidden(host, cookie, inner)}`),
  ),
  smuggle("two-lengths", "says two lengths", withLength(["Content-Length: 5", "Content-Length: 0"])),
  smuggle("length-list", "says two lengths in one header", withLength(["Content-Length: 5, 0"])),
  smuggle("length-plus", "says a length with a sign", withLength(["Content-Length: +5"])),
  smuggle("length-hex", "says a length in hexadecimal", withLength(["Content-Length: 0x5"])),
  smuggle("length-negative", "says a negative length", withLength(["Content-Length: -5"])),
  smuggle("chunk-overflow", "says a chunk length that overflows", (host, cookie, inner) =>
    post(host, cookie, ["Transfer-Encoding: chunked"], `fffffffffffffffff1\r\n${hidden(host, cookie, inner)}`),
  ),
  smuggle("chunk-no-size", "says a chunk without a length", (host, cookie, inner) =>
    post(host, cookie, ["Transfer-Encoding: chunked"], `\r\n${hidden(host, cookie, inner)}`),
  ),
  smuggle("bare-lf", "ends a header with a line feed alone, with another header behind", (host, cookie, inner) =>
    post(
      host,
      cookie,
      ["X-A: b\nContent-Length: 0\nX-C: d", "Content-Length: 5"],
      `12345${hidden(host, cookie, inner)}`,
    ),
  ),
  smuggle(
    "bare-cr",
    "has a carriage return alone in a value",
    withLength(["X-A: b\rX-OpenClaw-Scopes: c", "Content-Length: 5"]),
    REFUSED_OR_PLAIN,
  ),
  smuggle("nul", "has a NUL in a value", withLength(["X-A: b\0c", "Content-Length: 5"])),
  smuggle("name-space", "has a space in a header's name", withLength(["X A: b", "Content-Length: 5"])),
  smuggle("name-empty", "has a header without a name", withLength([": b", "Content-Length: 5"])),
  smuggle(
    "two-hosts",
    "names two hosts",
    (host, cookie) => request("GET /new", [`Host: ${host}`, "Host: elsewhere.example", `Cookie: ${cookie}`]),
    /^(400|404)$/,
  ),
  smuggle("no-host", "names no host", (_host, cookie) => request("GET /new", [`Cookie: ${cookie}`])),
  smuggle("request-line-spaces", "has a path with a space", (host, cookie) =>
    request("GET /new /other", [`Host: ${host}`, `Cookie: ${cookie}`]),
  ),
  smuggle(
    "absolute-form",
    "asks for another host by an absolute URL, and names the right one",
    (host, cookie, inner) => request(`GET https://elsewhere.example${inner}`, [`Host: ${host}`, `Cookie: ${cookie}`]),
    "404",
  ),
  smuggle("http09", "asks as in HTTP/0.9", (_host, _cookie, inner) => `GET ${inner}\r\n`, /^(400|426|hung up)$/),
];

const REFUSED_H2 = /^(400|stream reset|connection ended|hung up)$/;

/** What HTTP/2 can say and HTTP/1.1 behind the edge would read differently. */
function h2(
  name: string,
  what: string,
  make: (host: string, cookie: string, inner: string) => { headers: [string, string][]; body?: string },
  expected: string | RegExp = REFUSED_H2,
): Case {
  return {
    id: `smuggling.h2-${name}`,
    serves: [1, 25],
    what: `over HTTP/2, ${what}`,
    expected,
    attack: async (context: Context) => {
      const inner = `/smuggled-${randomBytes(8).toString("hex")}`;
      const host = hostOf(context);
      const { headers, body } = make(host, await context.cookies("viewer"), inner);
      const answer = await toEdge(context, h2Request(headers, body), { tls: { alpn: ["h2"] } });
      if (answer.protocol !== "h2") throw new Error("the edge does not speak HTTP/2");
      return `${h2Outcome(answer)}${await arrival(context, inner)}`;
    },
  };
}

const usual = (host: string, cookie: string, method = "POST", path = "/tools/invoke"): [string, string][] => [
  [":method", method],
  [":scheme", "https"],
  [":authority", host],
  [":path", path],
  ["cookie", cookie],
];

const http2: Case[] = [
  h2(
    "good",
    "asks for a page, to know that the others are refused for what is wrong with them",
    (host, cookie) => ({ headers: usual(host, cookie, "GET", "/new") }),
    "200",
  ),
  h2("length-short", "says a length shorter than the body", (host, cookie, inner) => ({
    headers: [...usual(host, cookie), ["content-length", "5"]],
    body: `12345${hidden(host, cookie, inner)}`,
  })),
  h2("length-long", "says a length longer than the body", (host, cookie) => ({
    headers: [...usual(host, cookie), ["content-length", "500"]],
    body: "12345",
  })),
  h2("chunked", "says chunks", (host, cookie, inner) => ({
    headers: [...usual(host, cookie), ["transfer-encoding", "chunked"]],
    body: `0\r\n\r\n${hidden(host, cookie, inner)}`,
  })),
  h2("line-break", "has a line break in a value", (host, cookie, inner) => ({
    headers: [...usual(host, cookie, "GET", "/new"), ["x-a", `b\r\n\r\n${hidden(host, cookie, inner)}`]],
  })),
  h2("line-break-path", "has a line break in the path", (host, cookie, inner) => ({
    headers: usual(host, cookie, "GET", `/new HTTP/1.1\r\nHost: ${host}\r\n\r\nGET ${inner}`),
  })),
  h2("name-colon", "has a colon in a header's name", (host, cookie) => ({
    headers: [...usual(host, cookie, "GET", "/new"), ["x-a: b", "c"]],
  })),
  h2("name-capitals", "has capitals in a header's name", (host, cookie) => ({
    headers: [...usual(host, cookie, "GET", "/new"), ["X-OpenClaw-Scopes", "operator.admin"]],
  })),
  h2("two-paths", "names two paths", (host, cookie, inner) => ({
    headers: [...usual(host, cookie, "GET", "/new"), [":path", inner]],
  })),
  h2("connection", "has a header that belongs to a connection", (host, cookie) => ({
    headers: [...usual(host, cookie, "GET", "/new"), ["connection", "x-openclaw-scopes"]],
  })),
  h2(
    "other-authority",
    "names another host as authority and the right one as host",
    (host, cookie) => ({
      headers: [...usual("elsewhere.example", cookie, "GET", "/new"), ["host", host]],
    }),
    /^(400|404|stream reset)$/,
  ),
];

export const smugglingCases: Case[] = [...h1, ...http2];
