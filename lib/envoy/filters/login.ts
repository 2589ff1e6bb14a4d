import { secretReference } from "../secrets";
import { extension, type JsonObject } from "../types";
import { BEARER, LOGIN_TOKEN } from "./identity-token";

/** Paths of the login at the edge. */
export const CALLBACK_PATH = "/oauth2/callback";
/** Ends the browser's session here and at the provider; the edge's own sign-out leads to it. */
export const SIGNED_OUT_PATH = "/oauth2/signed_out";

/** Names of the secrets the login reads. */
export const CLIENT_SECRET = "client-secret";
export const COOKIE_KEY = "cookie-key";

/** An abandoned login is forgotten after this time. */
const FLOW_SECONDS = 600;
/** A session ends after this time at the latest: a working day. */
const SESSION_SECONDS = 8 * 3600;

export interface LoginArgs {
  directory: string;
  /** Origin people use, such as `https://openclaw.example.com`. */
  origin: string;
  clientId: string;
  scopes: string[];
  authorizationEndpoint: string;
  tokenEndpoint: string;
  endSessionEndpoint?: string;
  /** Cluster that leads to the identity provider. */
  cluster: string;
  /** Let requests pass that bring a token of their own; the next filter verifies it. */
  acceptBearer: boolean;
}

/**
 * Login by Envoy's own `oauth2` filter. Its defaults are not safe; what is pinned here was found by attacking it: encrypted cookies
 * with a host prefix, flow cookies that only the callback sees, redirects only to ourselves, no redirect for sockets and scripts.
 */
export function login(args: LoginArgs) {
  const { origin, clientId, scopes, cluster, directory } = args;
  const signOut = args.endSessionEndpoint
    ? { end_session_endpoint: args.endSessionEndpoint, post_logout_redirect_uri: { uri: `${origin}/` } }
    : {};
  return extension("envoy.filters.http.oauth2", "filters.http.oauth2.v3.OAuth2", {
    config: {
      token_endpoint: { cluster, uri: args.tokenEndpoint, timeout: "5s" },
      authorization_endpoint: args.authorizationEndpoint,
      ...signOut,
      redirect_uri: `${origin}${CALLBACK_PATH}`,
      redirect_path_matcher: { path: { exact: CALLBACK_PATH } },
      signout_path: { path: { exact: SIGNED_OUT_PATH } },
      auth_type: "BASIC_AUTH",
      auth_scopes: scopes,
      forward_id_token: { header: LOGIN_TOKEN.header },
      use_refresh_token: true,
      default_refresh_token_expires_in: `${SESSION_SECONDS}s`,
      csrf_token_expires_in: `${FLOW_SECONDS}s`,
      code_verifier_token_expires_in: `${FLOW_SECONDS}s`,
      // The address to return to travels in `state`, which the browser can edit.
      allowed_redirect_domains: [new URL(origin).hostname, new URL(origin).host],
      deny_redirect_matcher: DENY_REDIRECT,
      ...(args.acceptBearer
        ? { pass_through_matcher: [{ name: BEARER.header, string_match: { prefix: BEARER.prefix } }] }
        : {}),
      cookie_configs: COOKIE_CONFIGS,
      credentials: {
        client_id: clientId,
        token_secret: secretReference(directory, CLIENT_SECRET),
        hmac_secret: secretReference(directory, COOKIE_KEY),
        cookie_names: COOKIE_NAMES,
      },
    },
  });
}

/** A redirect to a login page means nothing to a socket, a script or a form: they get 401. */
const DENY_REDIRECT: JsonObject[] = [
  { name: "upgrade", present_match: true },
  { name: "sec-fetch-mode", string_match: { exact: "cors" } },
  { name: ":method", invert_match: true, string_match: { safe_regex: { regex: "GET|HEAD" } } },
];

const COOKIE_NAMES = {
  bearer_token: "__Host-oc-at",
  oauth_hmac: "__Host-oc-hmac",
  oauth_expires: "__Host-oc-exp",
  id_token: "__Host-oc-id",
  refresh_token: "__Host-oc-rt",
  oauth_nonce: "__Secure-oc-nonce",
  code_verifier: "__Secure-oc-cv",
};

const SESSION_COOKIE = { same_site: "LAX" };
/** On every path they would pile up: after 143 abandoned logins the browser's requests were too large. */
const FLOW_COOKIE = { same_site: "LAX", path: CALLBACK_PATH };

const COOKIE_CONFIGS = {
  bearer_token_cookie_config: SESSION_COOKIE,
  oauth_hmac_cookie_config: SESSION_COOKIE,
  oauth_expires_cookie_config: SESSION_COOKIE,
  id_token_cookie_config: SESSION_COOKIE,
  refresh_token_cookie_config: SESSION_COOKIE,
  oauth_nonce_cookie_config: FLOW_COOKIE,
  code_verifier_cookie_config: FLOW_COOKIE,
};
