import { assertionLogin } from "./assertion-login";
import { type EnvoyLoginArgs, envoyLogin } from "./envoy-login";
import { LoginKind } from "./login";
import type { LoginEngine } from "./login-engine";
import { type OAuth2ProxyLoginArgs, oauth2ProxyLogin } from "./oauth2-proxy-login";
import { signInEndpoints } from "./provider";

/** What any engine may need. */
export type LoginEngineArgs = Omit<EnvoyLoginArgs, "endpoints"> & Omit<OAuth2ProxyLoginArgs, "place">;

/**
 * The edge's login engine of this kind. Pure.
 * @param place Where oauth2-proxy runs; the others run nowhere else
 */
export function loginEngine(
  kind: LoginKind,
  edge: LoginEngineArgs,
  place: OAuth2ProxyLoginArgs["place"] | undefined,
): LoginEngine {
  switch (kind) {
    case LoginKind.Assertion:
      return assertionLogin();
    case LoginKind.Envoy:
      return envoyLogin({ ...edge, endpoints: signInEndpoints(edge.identityProvider) });
    case LoginKind.OAuth2Proxy:
      if (!place) throw new Error("oauth2-proxy is asked by the edge, and the edge was not told where it is");
      return oauth2ProxyLogin({ ...edge, place });
  }
}
