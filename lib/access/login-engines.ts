import { assertionLogin } from "./assertion-login";
import { type EnvoyLoginArgs, envoyLogin } from "./envoy-login";
import { LoginKind } from "./login-args";
import type { LoginEngine } from "./login-engine";
import { signInEndpoints } from "./provider";

/** The edge's login engine of this kind. Pure. */
export function loginEngine(kind: LoginKind, edge: Omit<EnvoyLoginArgs, "endpoints">): LoginEngine {
  switch (kind) {
    case LoginKind.Assertion:
      return assertionLogin();
    case LoginKind.Envoy:
      return envoyLogin({ ...edge, endpoints: signInEndpoints(edge.identityProvider) });
  }
}
