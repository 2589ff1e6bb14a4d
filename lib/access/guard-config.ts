import {
  ADMIN_SOCKET,
  allowPeer,
  BEARER,
  bootstrap,
  claimInLog,
  cluster,
  denyDishonest,
  denyPeers,
  endWhenRevoked,
  fact,
  forward,
  http,
  IDLE_SECONDS,
  identityToken,
  isKnown,
  listener,
  localReplies,
  mutualTls,
  overwrite,
  Per,
  type Route,
  rateLimit,
  refuseLarge,
  refuseRevoked,
  requestLog,
  type TokenPlace,
  upstreamTls,
} from "../envoy";
import type { HealthProbe } from "../platforms/platform";
import { type ProviderAccess, providerCluster, providerClusters } from "./connection";
import { acceptsPrograms, decide, Fact } from "./decision";
import { SIGN_OUT_PATH } from "./login-engine";
import { type Pages, replies } from "./pages";
import { type AdministratorPorts, SESSION_HEADER, SUBJECT_HEADER } from "./policy-administrator";
import type { IdentityProvider } from "./provider";
import type { RateLimits } from "./rate-limits";
import type { Role } from "./role";
import { turnedAway } from "./turned-away";

export interface GuardConfigArgs {
  directory: string;
  listen: { address: string; port: number };
  /** The one workload that may call. */
  callerIdentity: string;
  openclaw: { address: string; port: number; identity: string };
  /**
   * Whether OpenClaw may not trust this guard yet, so that it is asked.
   * @default false
   */
  untilTrusted?: boolean;
  identityProvider: IdentityProvider;
  provider: ProviderAccess;
  /** Where the edge passes the token on. */
  token: TokenPlace;
  roles: Role[];
  /** Header by which OpenClaw learns who the user is; unguessable, so that nobody else can say it. */
  userHeader: string;
  administrator: AdministratorPorts;
  pages: Pages;
  limits: RateLimits;
}

const OPENCLAW = "openclaw";
/** It does everything one after the other, and a handshake waits until an agent's turn is over. */
const OPENCLAW_CONNECTS_SECONDS = 15;
/** The policy administrator by its two protocols. */
const ADMINISTRATOR = "policy-administrator";
const SIGN_OUT = "sign-out";

/** OpenClaw answers somebody else's request only if it believes who passes it on; the address is nobody's, kept for documentation. */
const IS_TRUSTED = { path: "/readyz", host: OPENCLAW, headers: { "x-forwarded-for": "203.0.113.7" } };

/** What Envoy's own statistics say of OpenClaw when it does. */
export const TRUSTED: HealthProbe = {
  kind: "socket",
  socket: ADMIN_SOCKET,
  path: `/clusters?filter=^${OPENCLAW}`,
  expect: "::health_flags::healthy",
};

/** Headers that mean something to OpenClaw or to a proxy before it, besides those that are overwritten. */
const REMOVED = [
  "cookie",
  "authorization",
  "x-openclaw-token",
  "x-openclaw-password",
  "x-openclaw-model",
  "x-openclaw-agent-id",
  "x-openclaw-session-key",
];

/**
 * The guard's Envoy, the policy enforcement point: believes the edge's certificate that it is the edge, and nothing else it says. Who
 * the user is and what the user may do comes from the identity provider's signed token. Pure.
 */
export function guardConfig(args: GuardConfigArgs): string {
  const { directory, listen, callerIdentity, openclaw, identityProvider, roles, administrator, pages, limits } = args;
  const { jwks } = identityProvider.endpoints;
  const connection = http({
    name: "guard",
    hosts: ["*"],
    accessLog: requestLog("guard", {
      user: fact(Fact.User),
      role: fact(Fact.Roles),
      subject: claimInLog("sub"),
      amr: claimInLog("amr"),
      client: "%REQ(X-FORWARDED-FOR)%",
    }),
    buffer: true,
    filters: [
      denyDishonest(),
      denyPeers(args.directory),
      allowPeer(callerIdentity),
      identityToken({
        issuer: identityProvider.issuer,
        audiences: identityProvider.audiences,
        places: acceptsPrograms(roles) ? [args.token, BEARER] : [args.token],
        keys: { uri: jwks, cluster: providerCluster(jwks) },
        forward: false,
      }),
      refuseRevoked(ADMINISTRATOR),
      rateLimit("guard", Per.Person, limits.perUser, limits.together),
      decide(roles, identityProvider),
    ],
    upgradeFilters: [endWhenRevoked(ADMINISTRATOR, Fact.Roles)],
    routes: [refuseLarge(pages.tooLarge), signOut(), allowed(args), ...turnedAway(pages)],
    more: {
      codec_type: "HTTP1",
      use_remote_address: false,
      skip_xff_append: true,
      forward_client_cert_details: "SANITIZE",
      // The edge's, so that one request has one number in both logs.
      preserve_external_request_id: true,
      ...localReplies(replies(pages)),
    },
  });
  return bootstrap({
    id: "guard",
    listeners: [
      listener({
        name: "guard",
        addresses: [listen],
        filterChains: [{ transport_socket: mutualTls(directory, [callerIdentity]), filters: [connection] }],
      }),
    ],
    clusters: [
      cluster({
        name: OPENCLAW,
        address: openclaw.address,
        port: openclaw.port,
        tls: upstreamTls({ directory, serverName: OPENCLAW, peer: { identity: openclaw.identity }, present: false }),
        connectSeconds: OPENCLAW_CONNECTS_SECONDS,
        idleSeconds: IDLE_SECONDS,
        check: args.untilTrusted ? IS_TRUSTED : undefined,
      }),
      ...providerClusters(directory, args.provider, [jwks]),
      // In the same network namespace, which nobody else is in.
      cluster({ name: ADMINISTRATOR, address: "127.0.0.1", port: administrator.grpc, http2: true }),
      cluster({ name: SIGN_OUT, address: "127.0.0.1", port: administrator.http }),
    ],
  });
}

/** Whoever holds any role, with the scopes of all of them. A request nobody could name is nobody's. */
function allowed({ userHeader }: GuardConfigArgs): Route {
  return forward({
    name: "allowed",
    match: { prefix: "/", filter_state: [isKnown(Fact.User), isKnown(Fact.Scopes)] },
    cluster: OPENCLAW,
    remove: REMOVED,
    set: [overwrite("x-openclaw-scopes", fact(Fact.Scopes)), overwrite(userHeader, fact(Fact.User))],
  });
}

/** Told to the policy administrator, which ends the session's sockets and leads on to where the browser's session ends. */
function signOut(): Route {
  return forward({
    name: "sign_out",
    match: { path: SIGN_OUT_PATH, filter_state: [isKnown(Fact.Subject)] },
    cluster: SIGN_OUT,
    path: "/sign-out",
    remove: REMOVED,
    set: [overwrite(SUBJECT_HEADER, fact(Fact.Subject)), overwrite(SESSION_HEADER, fact(Fact.Session))],
  });
}
