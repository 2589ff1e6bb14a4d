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
  isKnown,
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
import { acceptsPrograms, decide, Fact, recognize } from "./decision";
import { type LoginEngine, SIGN_OUT_PATH } from "./login-engine";
import { type Pages, replies } from "./pages";
import type { IdentityProvider } from "./provider";
import type { RateLimits } from "./rate-limits";
import type { Role } from "./role";
import { turnedAway } from "./turned-away";

/** Name of the certificate shown to browsers. */
export const PUBLIC_CERTIFICATE = "public";

/** What is behind the edge. */
export interface EdgeUpstream {
  /** Name of the workload. */
  name: string;
  address: string;
  port: number;
  /** How the two know each other; without it the connection is plain. */
  peer?: { identity: string; present: boolean };
  /**
   * What an application is told by headers: then nobody is behind the edge who decides, and it does so itself.
   * @default - the guard decides
   */
  told?: { user: string; roles: string };
  /**
   * Where a session ends that nobody but the edge knows.
   * @default - the guard is told and leads there
   */
  signOut?: string;
}

export interface EdgeConfigArgs {
  directory: string;
  /** Origin people use. */
  origin: string;
  listen: { address: string; port: number };
  /** How people's addresses are known, by which limits count. */
  clientAddress: ClientAddress;
  upstream: EdgeUpstream;
  identityProvider: IdentityProvider;
  provider: ProviderAccess;
  login: LoginEngine;
  /** Where the login leaves the signed token. */
  token: TokenPlace;
  /** For the log only where the guard decides. */
  roles: Role[];
  pages: Pages;
  limits: RateLimits;
}

/** So many connections at once; one browser has about six, and one for its WebSocket. All of them fit into the memory of edge and guard. */
const MAX_CONNECTIONS = 3000;
/** Tokens remembered as verified, so that a page of many requests costs one signature. */
const REMEMBERED_TOKENS = 1000;

/** The edge's Envoy: TLS for browsers, login, and only what is signed in goes on to the guard. Pure. */
export function edgeConfig(args: EdgeConfigArgs): string {
  const { directory, origin, listen, clientAddress, upstream, identityProvider, login, token, roles, pages, limits } =
    args;
  const { name: behind, address, port, peer } = upstream;
  const alone = upstream.told !== undefined;
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
        // An application is told who it is, and gets nothing to be that person with elsewhere.
        forward: !alone,
        remember: alone ? undefined : REMEMBERED_TOKENS,
      }),
      ...(programs ? [onlyProgramsBringTokens()] : []),
      alone ? decide(roles, identityProvider) : recognize(roles, identityProvider),
    ],
    routes: [
      refuseLarge(pages.tooLarge),
      ...providerRoutes(args),
      ...login.routes,
      signOut(args),
      loginPaths(args),
      ...(upstream.told ? forApplication(args, upstream.told) : [start(), application(args)]),
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
        name: behind,
        address,
        port,
        tls: peer && upstreamTls({ directory, serverName: behind, peer, present: peer.present }),
      }),
      ...login.clusters,
      ...providerClusters(directory, args.provider, [jwks, ...demoToken(args)]),
    ]),
  });
}

function application(args: EdgeConfigArgs): Route {
  return onward("app", { prefix: "/" }, args);
}

/** What the guard does for OpenClaw: whoever has a role is let through, and nobody else. */
function forApplication(args: EdgeConfigArgs, told: { user: string; roles: string }): Route[] {
  const { pages } = args;
  const set = [overwrite(told.user, fact(Fact.User)), overwrite(told.roles, fact(Fact.Roles))];
  const member = { prefix: "/", filter_state: [isKnown(Fact.User), isKnown(Fact.Roles)] };
  return [onward("app", member, args, undefined, set), ...turnedAway(pages)];
}

/** Signing out is told to the guard first: it ends what is open and refuses the session from now on. */
function signOut(args: EdgeConfigArgs): Route {
  const { limits, upstream } = args;
  const own = loginLimits("sign_out", limits);
  if (upstream.signOut === undefined) return onward("sign_out", { path: SIGN_OUT_PATH }, args, own);
  const { pathname, host, protocol } = new URL(upstream.signOut, args.origin);
  return {
    name: "sign_out",
    match: { path: SIGN_OUT_PATH },
    redirect: {
      ...(protocol === "https:" ? { https_redirect: true } : {}),
      host_redirect: host,
      path_redirect: pathname,
      response_code: "FOUND",
    },
    typed_per_filter_config: own,
  };
}

function onward(
  name: string,
  match: JsonObject,
  { origin, login, upstream }: EdgeConfigArgs,
  filters?: JsonObject,
  set: JsonObject[] = [],
): Route {
  return forward({
    name,
    match,
    cluster: upstream.name,
    remove: login.remove,
    set: [...forwarded(origin), ...set],
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
