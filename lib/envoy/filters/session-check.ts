import { extension } from "../types";

/** Name of the filter, for routes that nobody needs to be signed in for. */
export const SESSION_CHECK_FILTER = "envoy.filters.http.ext_authz";

/** Longer than the login takes to refresh a session at the identity provider. */
const TIMEOUT = "10s";

/** What the login is told of a request, besides method and path: its session, and what tells a person from a script. */
const TOLD = ["cookie", "sec-fetch-mode", "sec-websocket-version", "x-forwarded-for", "x-request-id"];
/** What of the login's answer reaches a browser that is not let in. */
const SHOWN = ["location", "set-cookie", "content-type", "cache-control"];

export interface SessionCheckArgs {
  /** Cluster that leads to the login. */
  cluster: string;
  /** Header in which the login answers with the token of the person. */
  tokenHeader: string;
}

/**
 * Asks the login about each request: who is signed in passes with the token the login answers with, everybody else gets the login's
 * answer. Without an answer nobody passes.
 */
export function sessionCheck({ cluster, tokenHeader }: SessionCheckArgs) {
  return extension(SESSION_CHECK_FILTER, "filters.http.ext_authz.v3.ExtAuthz", {
    transport_api_version: "V3",
    failure_mode_allow: false,
    status_on_error: { code: "ServiceUnavailable" },
    allowed_headers: exactly(TOLD),
    http_service: {
      server_uri: { uri: "https://login", cluster, timeout: TIMEOUT },
      authorization_response: {
        allowed_upstream_headers: exactly([tokenHeader]),
        allowed_client_headers: exactly(SHOWN),
        // A refreshed session comes with a new cookie.
        allowed_client_headers_on_success: exactly(["set-cookie"]),
      },
    },
  });
}

function exactly(names: string[]) {
  return { patterns: names.map((exact) => ({ exact })) };
}
