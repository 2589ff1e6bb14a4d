import { createHash, timingSafeEqual } from "node:crypto";
import { complete } from "./completion.js";
import { log } from "./log.js";

const maxBody = 16 * 1024 * 1024;
const digest = (text) => createHash("sha256").update(text).digest();

/** `readKey` is asked at every request, so that a new key needs no restart. */
export function createHandler(readKey) {
  return async function handle(req, res) {
    const { method } = req;
    const path = pathOf(req);
    // Health checks come every few seconds and would bury the rest.
    if (path !== "/healthz") {
      res.on("finish", () => log({ event: "request", method, path, status: res.statusCode }));
    }
    try {
      await route(req, res, readKey);
    } catch (error) {
      log({ event: "error", message: error.message });
      if (res.headersSent) return res.destroy();
      fail(res, 500, "server_error", "Something went wrong in the demo model.");
    }
  };
}

async function route(req, res, readKey) {
  const path = pathOf(req);
  if (path === "/healthz" && req.method === "GET") return json(res, 200, { ready: true });
  if (path !== "/v1/chat/completions") return fail(res, 404, "not_found", "Unknown path.");
  if (req.method !== "POST") {
    res.setHeader("allow", "POST");
    return fail(res, 405, "method_not_allowed", "Use POST.");
  }
  if (!authorized(req, readKey())) {
    res.setHeader("www-authenticate", "Bearer");
    return fail(res, 401, "invalid_api_key", "Incorrect API key provided.");
  }
  const body = await readBody(req);
  if (body === undefined) return fail(res, 413, "request_too_large", "The request is too large.");
  const request = parse(body);
  if (!request) return fail(res, 400, "invalid_request", 'The body must be JSON with a list "messages".');
  const answer = complete(request);
  return request.stream === true ? stream(res, answer.chunks()) : json(res, 200, answer.whole());
}

const pathOf = (req) => req.url.split("?")[0];

function authorized(req, key) {
  return timingSafeEqual(digest(req.headers.authorization ?? ""), digest(`Bearer ${key}`));
}

async function readBody(req) {
  const chunks = [];
  let size = 0;
  for await (const chunk of req) {
    size += chunk.length;
    if (size > maxBody) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parse(body) {
  try {
    const request = JSON.parse(body);
    const isObject = (value) => typeof value === "object" && value !== null;
    return isObject(request) && Array.isArray(request.messages) && request.messages.every(isObject)
      ? request
      : undefined;
  } catch {
    return undefined;
  }
}

function stream(res, chunks) {
  res.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store" });
  for (const chunk of chunks) res.write(`data: ${JSON.stringify(chunk)}\n\n`);
  res.end("data: [DONE]\n\n");
}

function fail(res, status, code, message) {
  json(res, status, { error: { message, type: code, param: null, code } });
}

function json(res, status, body) {
  res.statusCode = status;
  res.setHeader("content-type", "application/json");
  res.end(JSON.stringify(body));
}
