import {
  bootstrap,
  cluster,
  denyDishonest,
  forward,
  http,
  identityToken,
  type JsonObject,
  listener,
  login,
  overwrite,
  publicTls,
  type Route,
  rateLimit,
  refuseLarge,
  removeClientClaims,
  requestLog,
  respond,
  routeRateLimit,
  upstreamTls,
  without,
} from "../envoy";
import { type ProviderAccess, providerCluster, providerClusters } from "./connection";
import type { IdentityProvider } from "./identity-provider";

/** Name of the certificate shown to browsers. */
export const PUBLIC_CERTIFICATE = "public";

export interface EdgeConfigArgs {
  directory: string;
  /** Origin people use. */
  origin: string;
  listen: { address: string; port: number };
  guard: { address: string; port: number; identity: string };
  identityProvider: IdentityProvider;
  provider: ProviderAccess;
}

const GUARD = "guard";
/** Requests of everybody together; one browser loading the UI needs some 60 at once. */
const ALL: Parameters<typeof rateLimit>[1] = { burst: 2000, perSecond: 1000 };
/** Requests that cost the identity provider work. */
const LOGIN: Parameters<typeof rateLimit>[1] = { burst: 30, perSecond: 10 };

/** The edge's Envoy: TLS for browsers, login, and only what is logged in goes on to the guard. Pure. */
export function edgeConfig(args: EdgeConfigArgs): string {
  const { directory, origin, listen, guard, identityProvider } = args;
  const { host, hostname } = new URL(origin);
  const { endpoints } = identityProvider;
  const connection = http({
    name: "edge",
    hosts: [...new Set([host, hostname])],
    accessLog: requestLog("edge", { client: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%" }),
    buffer: true,
    filters: [
      denyDishonest(),
      rateLimit("edge", ALL),
      login({
        directory,
        origin,
        clientId: identityProvider.clientId,
        scopes: identityProvider.scopes,
        authorizationEndpoint: endpoints.authorization,
        tokenEndpoint: endpoints.token,
        endSessionEndpoint: endpoints.endSession,
        cluster: providerCluster(endpoints.token),
      }),
      // The login does not look into the token it got. The guard verifies it again and trusts nothing said here.
      identityToken({
        issuer: identityProvider.issuer,
        audience: identityProvider.clientId,
        keys: { uri: endpoints.jwks, cluster: providerCluster(endpoints.jwks) },
        forward: true,
      }),
    ],
    routes: [refuseLarge(), ...providerRoutes(args), loginPaths(), start(), application(origin)],
    more: {
      use_remote_address: true,
      xff_num_trusted_hops: 0,
      early_header_mutation_extensions: [removeClientClaims()],
    },
  });
  return bootstrap({
    id: "edge",
    listeners: [
      listener({
        name: "edge",
        addresses: [listen],
        filterChains: [{ transport_socket: publicTls(directory, PUBLIC_CERTIFICATE), filters: [connection] }],
      }),
    ],
    clusters: [
      cluster({
        name: GUARD,
        address: guard.address,
        port: guard.port,
        tls: upstreamTls({ directory, serverName: GUARD, peer: { identity: guard.identity }, present: true }),
      }),
      ...providerClusters(directory, args.provider, [endpoints.token, endpoints.jwks]),
    ],
  });
}

function application(origin: string): Route {
  return forward({
    name: "app",
    match: { prefix: "/" },
    cluster: GUARD,
    // The login leaves the tokens in the cookie, decrypted; whoever got them could be the user elsewhere.
    remove: ["cookie"],
    set: forwarded(origin),
    setOnResponse: securityHeaders(origin),
  });
}

/**
 * Whoever opens the page begins a conversation of their own. OpenClaw would show Home, which belongs to the first person who used it and
 * is an error page to everybody else. The Control UI's WebSocket has the same path.
 */
function start(): Route {
  const page = { path: "/", headers: [{ name: "upgrade", present_match: true, invert_match: true }] };
  return { name: "start", match: page, redirect: { path_redirect: "/new", response_code: "FOUND" } };
}

/** What the login does not answer under its path does not exist. */
function loginPaths(): Route {
  return respond("login", { prefix: "/oauth2/" }, 404, undefined, routeRateLimit("login", LOGIN));
}

/** For a provider that browsers reach no other way. No session is needed to get one. */
function providerRoutes({ origin, identityProvider, provider }: EdgeConfigArgs): Route[] {
  const path = provider.end?.path;
  if (!path) return [];
  return [
    forward({
      name: "identity_provider",
      match: { path_separated_prefix: path },
      cluster: providerCluster(identityProvider.endpoints.token),
      set: forwarded(origin),
      filters: {
        ...routeRateLimit("identity_provider", LOGIN),
        ...without("envoy.filters.http.oauth2", "envoy.filters.http.jwt_authn"),
      },
    }),
  ];
}

function forwarded(origin: string): JsonObject[] {
  return [overwrite("x-forwarded-proto", "https"), overwrite("x-forwarded-host", new URL(origin).host)];
}

function securityHeaders(origin: string): JsonObject[] {
  const always = [overwrite("x-content-type-options", "nosniff"), overwrite("referrer-policy", "same-origin")];
  // On localhost it would bind every other development server of the machine to https.
  const local = ["localhost", "127.0.0.1"].includes(new URL(origin).hostname);
  return local ? always : [...always, overwrite("strict-transport-security", "max-age=31536000")];
}
