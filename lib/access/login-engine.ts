import { type Cluster, type Extension, LOGIN_TOKEN, type Route, SIGNED_OUT_PATH, type TokenPlace } from "../envoy";
import { type LoginArgs, LoginKind } from "./login";

/** What edge and guard agree on, whatever signs people in. */
export interface HandOver {
  /** Where the signed token is, once somebody is signed in. */
  token: TokenPlace;
  /**
   * Path, or URL on another host, where the browser's session ends. The edge's own sign-out tells the policy administrator first and
   * then leads there.
   */
  signOut: string;
}

/**
 * What signs people in at the edge, as its Envoy needs it. Whatever the engine says, edge and guard verify the signed token and believe
 * nothing else.
 */
export interface LoginEngine {
  /** Let a signed-in request pass with its token, and lead everybody else to sign in. In front of the edge's own check of the token. */
  filters: Extension[];
  /** The engine's own pages, tried before the application; nobody needs to be signed in for them. */
  routes: Route[];
  /** What filters and routes call. */
  clusters: Cluster[];
  /** Request headers that are no business of what is behind the edge, such as the session's cookie. */
  remove: string[];
}

/** The edge's own sign-out, whatever the engine. */
export const SIGN_OUT_PATH = "/oauth2/sign_out";

/** Where token and sign-out are with this engine. Pure. */
export function handOver(kind: LoginKind, login: LoginArgs | undefined): HandOver {
  if (kind === LoginKind.Envoy) return { token: LOGIN_TOKEN, signOut: SIGNED_OUT_PATH };
  // As oauth2-proxy writes it.
  if (kind === LoginKind.OAuth2Proxy) return { token: { ...LOGIN_TOKEN, prefix: "Bearer " }, signOut: SIGNED_OUT_PATH };
  return { token: { header: login?.header as string }, signOut: login?.signOut as string };
}
