import { extension } from "../types";

/** Name of the filter that verifies tokens. */
export const TOKEN_FILTER = "envoy.filters.http.jwt_authn";

/** Where later filters and routes find the token's claims. */
export const CLAIMS = "claims";

/** Where a request carries its token. */
export interface TokenPlace {
  header: string;
  /** @default - the header is the token */
  prefix?: string;
}

/** The place HTTP has for it: where a program puts its own. */
export const BEARER: TokenPlace = { header: "authorization", prefix: "Bearer " };
/** Where the login puts the token of the person it let in. No client gets as far with a header of this name. */
export const LOGIN_TOKEN: TokenPlace = { header: "x-zt-token" };

export interface IdentityTokenArgs {
  issuer: string;
  /** Who tokens are made for; one of these. */
  audiences: string[];
  /** Where a request may carry it. Several tokens must all be good. */
  places: TokenPlace[];
  /** Where the provider's keys are, and the cluster that leads there. */
  keys: { uri: string; cluster: string };
  /** Pass the token on to the next hop, which verifies it again. */
  forward: boolean;
  /**
   * So many tokens are not verified anew until they expire, even when the provider has withdrawn their key: only for a hop that is
   * followed by one that remembers none.
   * @default - every token is verified every time
   */
  remember?: number;
}

/** Verifies the identity provider's ID token: signature, issuer, audience, expiry. Without a good one the answer is 401 or 403. */
export function identityToken({ issuer, audiences, places, keys, forward, remember }: IdentityTokenArgs) {
  return extension(TOKEN_FILTER, "filters.http.jwt_authn.v3.JwtAuthentication", {
    providers: {
      identity_provider: {
        issuer,
        audiences,
        require_expiration: true,
        clock_skew_seconds: 30,
        from_headers: places.map(({ header, prefix }) => ({
          name: header,
          ...(prefix ? { value_prefix: prefix } : {}),
        })),
        forward,
        payload_in_metadata: CLAIMS,
        ...(remember ? { jwt_cache_config: { jwt_cache_size: remember } } : {}),
        remote_jwks: {
          http_uri: { uri: keys.uri, cluster: keys.cluster, timeout: "5s" },
          // Envoy does not ask again for a key it has not got. While the provider is down, the keys it has are good for longer.
          cache_duration: "30s",
          async_fetch: { fast_listener: true },
        },
      },
    },
    rules: [{ match: { prefix: "/" }, requires: { provider_name: "identity_provider" } }],
  });
}

/** How an access log names a claim. */
export function claimInLog(claim: string): string {
  return `%DYNAMIC_METADATA(${TOKEN_FILTER}:${CLAIMS}:${claim})%`;
}
