import {
  allowPeer,
  bootstrap,
  claimInLog,
  claimMatches,
  cluster,
  denyDishonest,
  forward,
  http,
  identityToken,
  type JsonObject,
  listener,
  mutualTls,
  overwrite,
  type Route,
  rateLimit,
  refuseLarge,
  requestLog,
  respond,
  upstreamTls,
} from "../envoy";
import { type ProviderAccess, providerCluster, providerClusters } from "./connection";
import type { IdentityProvider } from "./identity-provider";
import type { Role } from "./roles";

export interface GuardConfigArgs {
  directory: string;
  listen: { address: string; port: number };
  /** The one workload that may call. */
  callerIdentity: string;
  openclaw: { address: string; port: number; identity: string };
  identityProvider: IdentityProvider;
  provider: ProviderAccess;
  roles: Role[];
  /** Header by which OpenClaw learns who the user is; unguessable, so that nobody else can say it. */
  userHeader: string;
}

const OPENCLAW = "openclaw";
const ALL: Parameters<typeof rateLimit>[1] = { burst: 2000, perSecond: 1000 };

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
  const { directory, listen, callerIdentity, openclaw, identityProvider, userHeader } = args;
  const { jwks } = identityProvider.endpoints;
  const connection = http({
    name: "guard",
    hosts: ["*"],
    accessLog: requestLog("guard", {
      user: claimInLog("email"),
      subject: claimInLog("sub"),
      amr: claimInLog("amr"),
      client: "%REQ(X-FORWARDED-FOR)%",
    }),
    buffer: true,
    filters: [
      denyDishonest(),
      allowPeer(callerIdentity),
      identityToken({
        issuer: identityProvider.issuer,
        audience: identityProvider.clientId,
        keys: { uri: jwks, cluster: providerCluster(jwks) },
        forward: false,
        claimToHeader: { claim: "email", header: userHeader },
      }),
      rateLimit("guard", ALL),
    ],
    routes: [
      refuseLarge(),
      ...unverifiedEmail(identityProvider),
      ...args.roles.flatMap((role) => roleRoutes(role, identityProvider)),
      noRole(),
    ],
    more: {
      codec_type: "HTTP1",
      use_remote_address: false,
      skip_xff_append: true,
      forward_client_cert_details: "SANITIZE",
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
      }),
      ...providerClusters(directory, args.provider, [jwks]),
    ],
  });
}

function unverifiedEmail({ acceptUnverifiedEmail }: IdentityProvider): Route[] {
  if (acceptUnverifiedEmail) return [];
  const verified = { ...claimMatches("email_verified", { bool_match: true }), invert: true };
  const text = "Your identity provider has not verified your e-mail address.";
  return [respond("email_unverified", { prefix: "/", dynamic_metadata: [verified] }, 403, text)];
}

/** The first role whose group the token has. Lists are matched as lists: a provider that sends one group as text is refused. */
function roleRoutes({ name, groups, requireMfa, scopes }: Role, { groupsClaim }: IdentityProvider): Route[] {
  const member = claimMatches(groupsClaim, anyOf(groups));
  const secondFactor = claimMatches("amr", anyOf(["mfa"]));
  const allowed = forward({
    name,
    match: { prefix: "/", dynamic_metadata: requireMfa ? [member, secondFactor] : [member] },
    cluster: OPENCLAW,
    remove: REMOVED,
    set: [overwrite("x-openclaw-scopes", scopes.join(","))],
  });
  if (!requireMfa) return [allowed];
  const text = `The role "${name}" needs a sign-in with a second factor.`;
  return [allowed, respond(`${name}_without_mfa`, { prefix: "/", dynamic_metadata: [member] }, 403, text)];
}

function noRole(): Route {
  return respond(
    "no_role",
    { prefix: "/" },
    403,
    "You are signed in, but have no role here. Ask whoever runs this OpenClaw.",
  );
}

function anyOf(values: string[]): JsonObject {
  const exact = values.map((value) => ({ string_match: { exact: value } }));
  return {
    list_match: { one_of: exact.length === 1 ? (exact[0] as JsonObject) : { or_match: { value_matchers: exact } } },
  };
}
