import { CALLBACK_PATH } from "../envoy";
import { type IdentityProvider, signInEndpoints } from "./provider";

/** Where oauth2-proxy listens: in a network namespace that it shares with its Envoy only. */
export const OAUTH2_PROXY_PORT = 4180;
export const OAUTH2_PROXY_SIGN_OUT = "/oauth2/sign_out";

/** Loopback ports of its Envoy, which holds the certificate towards the session store and knows the way to the provider. */
export const SESSION_STORE_PORT = 6379;
export const PROVIDER_PORT = 9443;

/** Paths on {@link PROVIDER_PORT}, whatever the provider calls them. */
export const PROVIDER_TOKEN_PATH = "/token";
export const PROVIDER_KEYS_PATH = "/keys";

/** Names of the files with secrets. */
export const CLIENT_SECRET_FILE = "client-secret";
export const COOKIE_KEY_FILE = "cookie-key";

/** Of the session's cookie, and of its key in the store. */
export const COOKIE = "__Host-oc";

export interface OAuth2ProxyConfigArgs {
  directory: string;
  /** Origin people use. */
  origin: string;
  identityProvider: IdentityProvider;
  /** A session older than this is refreshed with the request that needs it. */
  refreshSeconds: number;
}

/** An identity provider signs with a key of its own; with any of these, and never with a shared secret. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

/** The configuration file of oauth2-proxy, without any secret. Pure. */
export function oauth2ProxyConfig({
  directory,
  origin,
  identityProvider,
  refreshSeconds,
}: OAuth2ProxyConfigArgs): string {
  const { issuer, clientId, scopes, groupsClaim } = identityProvider;
  return toml({
    http_address: `127.0.0.1:${OAUTH2_PROXY_PORT}`,
    // It proxies nothing: its Envoy asks it, and an answer of 200 lets the request pass at the edge.
    upstreams: ["static://200"],
    set_authorization_header: true,
    skip_provider_button: true,
    redirect_url: `${origin}${CALLBACK_PATH}`,

    provider: "oidc",
    oidc_issuer_url: issuer,
    skip_oidc_discovery: true,
    login_url: signInEndpoints(identityProvider).authorization,
    redeem_url: `http://127.0.0.1:${PROVIDER_PORT}${PROVIDER_TOKEN_PATH}`,
    oidc_jwks_url: `http://127.0.0.1:${PROVIDER_PORT}${PROVIDER_KEYS_PATH}`,
    oidc_enabled_signing_algs: ALGORITHMS,
    oidc_groups_claim: groupsClaim,
    client_id: clientId,
    client_secret_file: `${directory}/${CLIENT_SECRET_FILE}`,
    scope: scopes.join(" "),
    code_challenge_method: "S256",
    // Otherwise some providers would ask for consent at each sign-in.
    approval_prompt: "auto",
    // Who may do what is for the guard to say, with a page that says whom to ask.
    email_domains: ["*"],
    insecure_oidc_allow_unverified_email: true,

    cookie_name: COOKIE,
    cookie_secret_file: `${directory}/${COOKIE_KEY_FILE}`,
    cookie_secure: true,
    cookie_httponly: true,
    cookie_samesite: "lax",
    cookie_expire: "8h",
    cookie_refresh: `${refreshSeconds}s`,
    // Two tabs may sign in at once; abandoned tries do not pile up until requests are too large.
    cookie_csrf_per_request: true,
    cookie_csrf_per_request_limit: 5,
    cookie_csrf_expire: "10m",

    session_store_type: "redis",
    redis_connection_url: `redis://127.0.0.1:${SESSION_STORE_PORT}`,

    // Request lines would have the code of a login in them; its Envoy logs requests without their query.
    request_logging: false,
    footer: "-",
  });
}

/** A string of TOML is written as in JSON. */
function toml(settings: Record<string, string | number | boolean | string[]>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
    .join("");
}
