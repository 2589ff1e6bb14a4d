import { log } from "./log.js";
import { contentSecurityPolicy } from "./pages.js";

const headers = {
  "cache-control": "no-store",
  "content-security-policy": contentSecurityPolicy,
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Serves everything under the issuer's path, whatever name or address the request came in by. */
export function createHandler({ issuer, provider, signIn }) {
  const { host, pathname } = new URL(issuer);
  const prefix = pathname === "/" ? "" : pathname;
  const oidc = provider.callback();

  return async function handle(req, res) {
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
    if (!req.url.startsWith(`${prefix}/`)) return json(res, 404, { error: "not_found" });

    // The library builds every address from these, and the address of this server is its issuer.
    req.headers.host = host;
    for (const name of Object.keys(req.headers)) if (name.startsWith("x-forwarded-")) delete req.headers[name];
    req.baseUrl = prefix;
    req.url = req.url.slice(prefix.length);

    try {
      if (req.url === "/healthz") return json(res, 200, { ready: true });
      if (req.url.startsWith("/login/")) return await signIn(req, res);
      return await oidc(req, res);
    } catch (error) {
      log({ event: "error", message: error.message });
      if (res.headersSent) return res.destroy();
      return json(res, 500, { error: "server_error" });
    }
  };
}

function json(res, status, body) {
  res.statusCode = status;
  res.setHeader("content-type", "application/json");
  res.end(JSON.stringify(body));
}
