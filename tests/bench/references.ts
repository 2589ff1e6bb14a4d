/** What the path is compared with. Pure. */
import {
  bootstrap,
  CALLBACK_PATH,
  forward,
  http,
  type JsonObject,
  listener,
  requestLog,
  respond,
} from "../../lib/envoy";
import type { Endpoint } from "./configuration";
import type { Login } from "./place";

/** Both listen beside the guard: as far from the generator, as far from OpenClaw, and taken for the guard by it. */
export const ENVOY_PORT = 8453;
export const OAUTH2_PROXY_PORT = 8454;
/** Loopback: what oauth2-proxy cannot reach by itself. */
const PROVIDER_PORT = 8455;
/** Where the references' own files are. */
export const DIRECTORY = "/bench";
export const CLIENT_SECRET_FILE = "client-secret";
export const COOKIE_KEY_FILE = "cookie-key";

export interface EnvoyAloneArgs {
  address: string;
  /** The guard's. */
  tls: JsonObject;
  provider: JsonObject;
  login: Login;
}

/** An Envoy with the guard's TLS and nothing else: it answers every request itself, and logs nothing. */
export function envoyAlone({ address, tls, provider, login }: EnvoyAloneArgs): string {
  const { name } = provider as { name: string };
  const alone = {
    name: "alone",
    address: { socket_address: { address, port_value: ENVOY_PORT } },
    filter_chains: [{ transport_socket: tls, filters: [plain()] }],
  };
  const toProvider = [login.token, login.keys].map((url, i) => {
    const { host, pathname } = new URL(url);
    return forward({ name: `${i}`, match: { path: pathname }, cluster: name, host, remove: ["x-forwarded-proto"] });
  });
  const provided = listener({
    name: "provider",
    addresses: [{ address: "127.0.0.1", port: PROVIDER_PORT }],
    filterChains: [
      {
        filters: [
          http({
            name: "provider",
            hosts: ["*"],
            accessLog: requestLog("provider"),
            filters: [],
            routes: toProvider,
            more: {},
          }),
        ],
      },
    ],
  });
  const config = JSON.parse(
    bootstrap({ id: "alone", listeners: [alone, provided], clusters: [{ ...provider, name }] }),
  );
  // The place of the usual socket is the guard's own.
  config.admin = { address: { pipe: { path: `${DIRECTORY}/admin.sock` } } };
  return JSON.stringify(config);
}

function plain(): JsonObject {
  const answer = http({
    name: "alone",
    hosts: ["*"],
    accessLog: {},
    filters: [],
    routes: [respond("answer", { prefix: "/" }, 200)],
    more: { codec_type: "HTTP1" },
  });
  const { access_log, ...settings } = answer.typed_config as JsonObject;
  return { name: answer.name, typed_config: settings };
}

export interface OAuth2ProxyAloneArgs {
  address: string;
  openclaw: Endpoint;
  origin: string;
  login: Login;
}

/**
 * oauth2-proxy as people run it in front of one application: a reverse proxy with its sessions in cookies, its own request log, its own
 * defaults. OpenClaw's certificate it does not verify, for it could only by name; that is in its favour.
 */
export function oauth2ProxyAlone({ address, openclaw, origin, login }: OAuth2ProxyAloneArgs): string {
  const provider = (url: string) => `http://127.0.0.1:${PROVIDER_PORT}${new URL(url).pathname}`;
  return toml({
    http_address: "-",
    https_address: `${address}:${OAUTH2_PROXY_PORT}`,
    tls_cert_file: "/certificates/leaf/tls.crt",
    tls_key_file: "/certificates/leaf/tls.key",
    tls_min_version: "TLS1.3",
    upstreams: [`https://${openclaw.address}:${openclaw.port}`],
    ssl_upstream_insecure_skip_verify: true,
    skip_provider_button: true,
    redirect_url: `${origin}${CALLBACK_PATH}`,

    provider: "oidc",
    oidc_issuer_url: login.issuer,
    skip_oidc_discovery: true,
    login_url: login.authorization,
    redeem_url: provider(login.token),
    oidc_jwks_url: provider(login.keys),
    oidc_enabled_signing_algs: ["ES256", "RS256"],
    client_id: login.clientId,
    client_secret_file: `${DIRECTORY}/${CLIENT_SECRET_FILE}`,
    scope: login.scopes.join(" "),
    code_challenge_method: "S256",
    approval_prompt: "auto",
    email_domains: ["*"],
    insecure_oidc_allow_unverified_email: true,

    cookie_name: "__Host-bench",
    cookie_secret_file: `${DIRECTORY}/${COOKIE_KEY_FILE}`,
    cookie_secure: true,
    cookie_expire: "8h",
  });
}

/** A string of TOML is written as in JSON. */
function toml(settings: Record<string, string | boolean | string[]>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
    .join("");
}
