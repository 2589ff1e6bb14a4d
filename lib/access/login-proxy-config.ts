import {
  allowPeer,
  BEARER,
  bootstrap,
  CALLBACK_PATH,
  cluster,
  denyPeers,
  forward,
  http,
  type JsonObject,
  LOGIN_TOKEN,
  listener,
  mutualTls,
  overwrite,
  type Route,
  requestLog,
  respond,
  SIGNED_OUT_PATH,
  tcp,
  upstreamTls,
} from "../envoy";
import { type ProviderAccess, providerCluster, providerClusters } from "./connection";
import {
  OAUTH2_PROXY_PORT,
  OAUTH2_PROXY_SIGN_OUT,
  PROVIDER_KEYS_PATH,
  PROVIDER_PORT,
  PROVIDER_TOKEN_PATH,
  SESSION_STORE_PORT,
} from "./oauth2-proxy-config";
import { type IdentityProvider, signInEndpoints } from "./provider";

export interface LoginProxyConfigArgs {
  directory: string;
  listen: { address: string; port: number };
  /** The one workload that may call. */
  callerIdentity: string;
  sessionStore: { address: string; port: number; identity: string };
  identityProvider: IdentityProvider;
  provider: ProviderAccess;
  /** Let requests pass that bring a token of their own; the edge verifies it. */
  acceptBearer: boolean;
}

const OAUTH2_PROXY = "oauth2-proxy";
const SESSION_STORE = "session-store";
const LOOPBACK = "127.0.0.1";
/** A provider that does not answer must not hold requests up for longer. */
const PROVIDER_TIMEOUT = "5s";

/**
 * The Envoy in front of oauth2-proxy and behind it: mutual TLS on every hop, with leaves that are renewed hot and exactly one identity on
 * the other side, none of which oauth2-proxy can do itself. Pure.
 */
export function loginProxyConfig(args: LoginProxyConfigArgs): string {
  const { directory, listen, callerIdentity, sessionStore, identityProvider, provider } = args;
  const { token } = signInEndpoints(identityProvider);
  const { jwks } = identityProvider.endpoints;
  const { identity, ...place } = sessionStore;
  return bootstrap({
    id: "login",
    listeners: [
      listener({
        name: "login",
        addresses: [listen],
        filterChains: [{ transport_socket: mutualTls(directory, [callerIdentity]), filters: [checks(args)] }],
      }),
      listener({
        name: SESSION_STORE,
        addresses: [{ address: LOOPBACK, port: SESSION_STORE_PORT }],
        filterChains: [{ filters: [tcp(SESSION_STORE, SESSION_STORE)] }],
      }),
      listener({
        name: "identity-provider",
        addresses: [{ address: LOOPBACK, port: PROVIDER_PORT }],
        filterChains: [{ filters: [providerPaths(token, jwks)] }],
      }),
    ],
    clusters: [
      cluster({ name: OAUTH2_PROXY, address: LOOPBACK, port: OAUTH2_PROXY_PORT }),
      cluster({
        name: SESSION_STORE,
        ...place,
        tls: upstreamTls({ directory, serverName: SESSION_STORE, peer: { identity }, present: true }),
      }),
      ...providerClusters(directory, provider, [token, jwks]),
    ],
  });
}

function checks({ directory, callerIdentity, acceptBearer }: LoginProxyConfigArgs) {
  return http({
    name: "login",
    hosts: ["*"],
    accessLog: requestLog("login", { client: "%REQ(X-FORWARDED-FOR)%" }),
    filters: [denyPeers(directory), allowPeer(callerIdentity)],
    routes: [
      page("callback", CALLBACK_PATH),
      page("signed_out", SIGNED_OUT_PATH, OAUTH2_PROXY_SIGN_OUT),
      ...(acceptBearer ? [broughtToken()] : []),
      ...SCRIPTS.map((header, i) =>
        check(`check_script_${i + 1}`, [header], [overwrite("accept", "application/json")]),
      ),
      check("check", [], [overwrite("x-auth-request-redirect", "%REQ(:PATH)%"), overwrite("accept", "text/html")]),
    ],
    more: {
      codec_type: "HTTP1",
      use_remote_address: false,
      skip_xff_append: true,
      forward_client_cert_details: "SANITIZE",
      preserve_external_request_id: true,
    },
  });
}

/** What the edge passes through; it never asks about these paths. */
function page(name: string, path: string, own?: string): Route {
  return forward({ name, match: { path }, cluster: OAUTH2_PROXY, path: own });
}

/** A program's own token, which the edge is about to verify. */
function broughtToken(): Route {
  const bearer = { name: BEARER.header, string_match: { prefix: BEARER.prefix ?? "" } };
  return respond("bearer", { prefix: "/", headers: [bearer] }, 200);
}

/** A redirect to a login page means nothing to a socket, a script or a form: asked for JSON, oauth2-proxy says 401. */
const SCRIPTS: JsonObject[] = [
  { name: "sec-websocket-version", present_match: true },
  { name: "sec-fetch-mode", string_match: { exact: "cors" } },
  { name: ":method", invert_match: true, string_match: { safe_regex: { regex: "GET|HEAD" } } },
];

/**
 * Has a session or not. Always the same path, because oauth2-proxy has paths of its own that it answers without a session; where a person
 * wanted to go, it is told separately.
 */
function check(name: string, headers: JsonObject[], set: JsonObject[]): Route {
  const token = overwrite(LOGIN_TOKEN.header, "%RESP(AUTHORIZATION)%");
  return forward({
    name,
    match: { prefix: "/", headers },
    cluster: OAUTH2_PROXY,
    remove: ["authorization"],
    set,
    path: "/",
    setOnResponse: [token],
  });
}

function providerPaths(token: string, jwks: string) {
  return http({
    name: "identity-provider",
    hosts: ["*"],
    accessLog: requestLog("login-provider"),
    filters: [],
    routes: [endpoint("token", PROVIDER_TOKEN_PATH, token), endpoint("keys", PROVIDER_KEYS_PATH, jwks)],
    more: { use_remote_address: false, skip_xff_append: true },
  });
}

function endpoint(name: string, path: string, url: string): Route {
  const { host, pathname, search } = new URL(url);
  return forward({
    name,
    match: { path },
    cluster: providerCluster(url),
    host,
    path: `${pathname}${search}`,
    remove: ["x-forwarded-proto", "x-request-id"],
    timeout: PROVIDER_TIMEOUT,
  });
}
