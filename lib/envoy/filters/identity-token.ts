import { extension, type JsonObject } from "../types";

const NAME = "envoy.filters.http.jwt_authn";

/** Where later filters and routes find the token's claims. */
export const CLAIMS = "claims";

export interface IdentityTokenArgs {
  issuer: string;
  audience: string;
  /** Where the provider's keys are, and the cluster that leads there. */
  keys: { uri: string; cluster: string };
  /** Pass the token on to the next hop, which verifies it again. */
  forward: boolean;
  /** Copy a claim into a header that is removed from the request first. */
  claimToHeader?: { claim: string; header: string };
}

/** Verifies the identity provider's ID token: signature, issuer, audience, expiry. Without a good one the answer is 401 or 403. */
export function identityToken({ issuer, audience, keys, forward, claimToHeader }: IdentityTokenArgs) {
  return extension(NAME, "filters.http.jwt_authn.v3.JwtAuthentication", {
    providers: {
      identity_provider: {
        issuer,
        audiences: [audience],
        require_expiration: true,
        clock_skew_seconds: 30,
        from_headers: [{ name: "authorization", value_prefix: "Bearer " }],
        forward,
        payload_in_metadata: CLAIMS,
        // Routes match on claims, so the route is chosen again once they are known.
        clear_route_cache: true,
        ...(claimToHeader
          ? { claim_to_headers: [{ header_name: claimToHeader.header, claim_name: claimToHeader.claim }] }
          : {}),
        remote_jwks: {
          http_uri: { uri: keys.uri, cluster: keys.cluster, timeout: "5s" },
          cache_duration: "300s",
          async_fetch: { fast_listener: true },
        },
      },
    },
    rules: [{ match: { prefix: "/" }, requires: { provider_name: "identity_provider" } }],
  });
}

/** A route condition on a claim of the verified token. */
export function claimMatches(claim: string, value: JsonObject): JsonObject {
  return { filter: NAME, path: [{ key: CLAIMS }, { key: claim }], value };
}

/** How an access log names a claim. */
export function claimInLog(claim: string): string {
  return `%DYNAMIC_METADATA(${NAME}:${CLAIMS}:${claim})%`;
}
