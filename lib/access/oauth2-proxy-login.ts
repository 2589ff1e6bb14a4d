import {
  CALLBACK_PATH,
  cluster,
  forward,
  LOGIN_TOKEN,
  overwrite,
  Per,
  type Route,
  routeRateLimit,
  SESSION_CHECK_FILTER,
  SIGNED_OUT_PATH,
  sessionCheck,
  TOKEN_FILTER,
  upstreamTls,
  without,
} from "../envoy";
import type { LoginEngine } from "./login-engine";
import { type IdentityProvider, signInEndpoints } from "./provider";
import type { RateLimits } from "./rate-limits";

/** Where the login runs, as the edge sees it. */
export interface LoginPlace {
  address: string;
  port: number;
  identity: string;
}

export interface OAuth2ProxyLoginArgs {
  directory: string;
  /** Origin people use. */
  origin: string;
  identityProvider: IdentityProvider;
  place: LoginPlace;
  limits: RateLimits;
}

const LOGIN = "login";

/**
 * oauth2-proxy in a workload of its own, asked about every request: sessions are kept by the server, a refresh is done once however many
 * requests need it, and signing out ends the session for whoever copied the cookie. Pure.
 */
export function oauth2ProxyLogin(args: OAuth2ProxyLoginArgs): LoginEngine {
  const { directory, place } = args;
  return {
    filters: [sessionCheck({ cluster: LOGIN, tokenHeader: LOGIN_TOKEN.header })],
    routes: [toLogin("callback", CALLBACK_PATH, args), signedOut(args)],
    clusters: [
      cluster({
        name: LOGIN,
        address: place.address,
        port: place.port,
        tls: upstreamTls({ directory, serverName: LOGIN, peer: { identity: place.identity }, present: true }),
      }),
    ],
    remove: ["cookie"],
  };
}

/** Ends the session, then leads to the provider's own end of it, whatever address the browser asked to go to. */
function signedOut(args: OAuth2ProxyLoginArgs): Route {
  const next = overwrite("location", endOfSession(args));
  return { ...toLogin("signed_out", SIGNED_OUT_PATH, args), response_headers_to_add: [next] };
}

/** Without the ID token as a hint: addresses end up in histories and logs. The provider knows its session by its own cookie. */
function endOfSession({ origin, identityProvider }: OAuth2ProxyLoginArgs): string {
  const { endSession } = signInEndpoints(identityProvider);
  if (!endSession) return `${origin}/`;
  const url = new URL(endSession);
  url.searchParams.set("client_id", identityProvider.clientId);
  url.searchParams.set("post_logout_redirect_uri", `${origin}/`);
  // A percent sign begins a variable in Envoy's headers, unless it is doubled.
  return url.href.replaceAll("%", "%%");
}

function toLogin(name: string, path: string, { limits }: OAuth2ProxyLoginArgs): Route {
  return forward({
    name,
    match: { path },
    cluster: LOGIN,
    filters: {
      ...routeRateLimit(name, Per.Address, limits.login, limits.loginTogether),
      ...without(SESSION_CHECK_FILTER, TOKEN_FILTER),
    },
  });
}
