import {
  BEARER,
  bootstrap,
  type Cluster,
  claimInLog,
  cluster,
  denyDishonest,
  denyPeers,
  fact,
  forward,
  http,
  identityToken,
  type JsonObject,
  listener,
  localReplies,
  onlyProgramsBringTokens,
  overwrite,
  Per,
  proxyProtocol,
  publicTls,
  type Route,
  rateLimit,
  refuseLarge,
  removeClientClaims,
  requestLog,
  respond,
  routeRateLimit,
  TOKEN_FILTER,
  type TokenPlace,
  upstreamTls,
  without,
} from "../envoy";
import { ClientAddress } from "../platforms";
import { type ProviderAccess, providerCluster, providerClusters } from "./connection";
import { acceptsPrograms, Fact, recognize } from "./decision";
import { type LoginEngine, SIGN_OUT_PATH } from "./login-engine";
import { type Pages, replies } from "./pages";
import type { IdentityProvider } from "./provider";
import type { RateLimits } from "./rate-limits";
import type { Role } from "./role";

/** Name of the certificate shown to browsers. */
export const PUBLIC_CERTIFICATE = "public";

export interface EdgeConfigArgs {
  directory: string;
  /** Origin people use. */
  origin: string;
  listen: { address: string; port: number };
  /** How people's addresses are known, by which limits count. */
  clientAddress: ClientAddress;
  guard: { address: string; port: number; identity: string };
  identityProvider: IdentityProvider;
  provider: ProviderAccess;
  login: LoginEngine;
  /** Where the login leaves the signed token. */
  token: TokenPlace;
  /** For the log only: the guard decides. */
  roles: Role[];
  pages: Pages;
  limits: RateLimits;
}

const GUARD = "guard";
/** So many connections at once; one browser has about six, and one for its WebSocket. All of them fit into the memory of edge and guard. */
const MAX_CONNECTIONS = 3000;
/** Tokens remembered as verified, so that a page of many requests costs one signature. */
const REMEMBERED_TOKENS = 1000;

/** The edge's Envoy: TLS for browsers, login, and only what is signed in goes on to the guard. Pure. */
export function edgeConfig(args: EdgeConfigArgs): string {
  const { directory, origin, listen, clientAddress, guard, identityProvider, login, token, roles, pages, limits } =
    args;
  const { host, hostname } = new URL(origin);
  const { jwks } = identityProvider.endpoints;
  const programs = acceptsPrograms(roles);
  // What is verified is not removed: an assertion by the proxy in front, a program's own token.
  const forwardedFor = clientAddress === ClientAddress.Forwarded;
  const kept = [
    ...(login.filters.length === 0 ? [token.header] : []),
    ...(programs ? [BEARER.header] : []),
    ...(forwardedFor ? ["x-forwarded-for"] : []),
  ];
  const connection = http({
    name: "edge",
    hosts: [...new Set([host, hostname])],
    accessLog: requestLog("edge", {
      client: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
      user: fact(Fact.User),
      role: fact(Fact.Roles),
      subject: claimInLog("sub"),
    }),
    buffer: true,
    filters: [
      denyDishonest(),
      denyPeers(args.directory),
      rateLimit("edge", Per.Address, limits.perAddress, limits.together),
      ...login.filters,
      // An engine need not look into the token it got. The guard verifies it again and trusts nothing said here.
      identityToken({
        issuer: identityProvider.issuer,
        audiences: identityProvider.audiences,
        places: programs ? [token, BEARER] : [token],
        keys: { uri: jwks, cluster: providerCluster(jwks) },
        forward: true,
        remember: REMEMBERED_TOKENS,
      }),
      ...(programs ? [onlyProgramsBringTokens()] : []),
      recognize(roles, identityProvider),
    ],
    routes: [
      refuseLarge(pages.tooLarge),
      ...providerRoutes(args),
      ...login.routes,
      signOut(args),
      loginPaths(args),
      start(),
      application(args),
    ],
    more: {
      use_remote_address: true,
      // Only the one who ended TLS comes in, and has added the address it saw.
      xff_num_trusted_hops: forwardedFor ? 1 : 0,
      early_header_mutation_extensions: [removeClientClaims(kept)],
      ...localReplies(replies(pages)),
    },
  });
  return bootstrap({
    id: "edge",
    maxConnections: MAX_CONNECTIONS,
    listeners: [
      listener({
        name: "edge",
        addresses: [listen],
        ...(clientAddress === ClientAddress.ProxyProtocol ? { listenerFilters: [proxyProtocol()] } : {}),
        filterChains: [{ transport_socket: publicTls(directory, PUBLIC_CERTIFICATE), filters: [connection] }],
      }),
    ],
    clusters: once([
      cluster({
        name: GUARD,
        address: guard.address,
        port: guard.port,
        tls: upstreamTls({ directory, serverName: GUARD, peer: { identity: guard.identity }, present: true }),
      }),
      ...login.clusters,
      ...providerClusters(directory, args.provider, [jwks, ...demoToken(args)]),
    ]),
  });
}

function application(args: EdgeConfigArgs): Route {
  return toGuard("app", { prefix: "/" }, args);
}

/** Signing out is told to the guard first: it ends what is open and refuses the session from now on. */
function signOut(args: EdgeConfigArgs): Route {
  return toGuard("sign_out", { path: SIGN_OUT_PATH }, args, loginLimits("sign_out", args.limits));
}

function toGuard(name: string, match: JsonObject, { origin, login }: EdgeConfigArgs, filters?: JsonObject): Route {
  return forward({
    name,
    match,
    cluster: GUARD,
    remove: login.remove,
    set: forwarded(origin),
    setOnResponse: securityHeaders(origin),
    filters,
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
function loginPaths({ limits, pages }: EdgeConfigArgs): Route {
  return respond("login", { prefix: "/oauth2/" }, 404, pages.notFound, loginLimits("login", limits));
}

function loginLimits(name: string, { login, loginTogether }: RateLimits): JsonObject {
  return routeRateLimit(name, Per.Address, login, loginTogether);
}

/** For a provider that browsers reach no other way. No session is needed to get one. */
function providerRoutes({ origin, identityProvider, provider, login, limits }: EdgeConfigArgs): Route[] {
  const path = provider.end?.path;
  const { token } = identityProvider.endpoints;
  if (!path || !token) return [];
  return [
    forward({
      name: "identity_provider",
      match: { path_separated_prefix: path },
      cluster: providerCluster(token),
      set: forwarded(origin),
      filters: {
        ...loginLimits("identity_provider", limits),
        ...without(...login.filters.map(({ name }) => name), TOKEN_FILTER),
      },
    }),
  ];
}

function demoToken({ identityProvider, provider }: EdgeConfigArgs): string[] {
  const { token } = identityProvider.endpoints;
  return provider.end?.path && token ? [token] : [];
}

/** A cluster that two parts need is there once. */
function once(clusters: Cluster[]): Cluster[] {
  return clusters.filter(({ name }, i) => clusters.findIndex((other) => other.name === name) === i);
}

function forwarded(origin: string): JsonObject[] {
  return [overwrite("x-forwarded-proto", "https"), overwrite("x-forwarded-host", new URL(origin).host)];
}

function securityHeaders(origin: string): JsonObject[] {
  const always = [
    overwrite("x-content-type-options", "nosniff"),
    overwrite("x-frame-options", "DENY"),
    overwrite("referrer-policy", "same-origin"),
  ];
  // On localhost it would bind every other development server of the machine to https.
  const local = ["localhost", "127.0.0.1"].includes(new URL(origin).hostname);
  return local ? always : [...always, overwrite("strict-transport-security", "max-age=31536000")];
}
