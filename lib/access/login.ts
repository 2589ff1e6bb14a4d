/** What signs people in. */
export const LoginKind = {
  /** Envoy's own `oauth2` filter in the edge; sessions in encrypted cookies. */
  Envoy: "envoy",
  /** oauth2-proxy in a workload of its own; sessions in a store of ours, encrypted so that only their cookies open them. */
  OAuth2Proxy: "oauth2-proxy",
  /** A proxy of yours in front of the edge, such as Pomerium, that hands over a signed assertion. */
  Assertion: "assertion",
} as const;
export type LoginKind = (typeof LoginKind)[keyof typeof LoginKind];

/** How people sign in. Whichever way, edge and guard each verify the signed token. */
export interface LoginArgs {
  /** One of `LoginKind`. */
  engine: string;
  /**
   * Header in which the proxy in front hands over its assertion, a JWT by the keys of `identityProvider`.
   * @default - required for `assertion`, not allowed elsewhere
   */
  header?: string;
  /**
   * Where the proxy in front ends a session: a path it serves itself, or an https URL.
   * @default - required for `assertion`, not allowed elsewhere
   */
  signOut?: string;
  /**
   * Seconds after which a session is refreshed at the identity provider, with the next request. At most half of what the provider's ID
   * tokens live. Who was dismissed there is out after so long.
   * @default 60; only for `oauth2-proxy`, not allowed elsewhere
   */
  refreshSeconds?: number;
}

export const DEFAULT_LOGIN: LoginArgs = { engine: LoginKind.Envoy };
