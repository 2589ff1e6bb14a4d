import { extension, type JsonObject } from "./types";

/** Headers by which a request could claim to be somebody, to come from somewhere, or to be allowed something. */
const EXACT = [
  "authorization",
  "forwarded",
  "x-real-ip",
  "x-original-url",
  "x-rewrite-url",
  "x-client-ip",
  "true-client-ip",
];
const PREFIXES = [
  "x-forwarded-",
  "x-openclaw-",
  "x-oc-",
  "x-auth-request-",
  "x-pomerium-",
  "tailscale-",
  "cf-access-",
  "remote-",
];

/**
 * Removes what a client must not say about itself. Before all filters: done by a route it would come after the login, and remove the
 * login's own header.
 */
export function removeClientClaims(): JsonObject {
  const byPrefix = PREFIXES.map((prefix) => ({ remove_on_match: { key_matcher: { prefix, ignore_case: true } } }));
  return extension("remove-client-claims", "http.early_header_mutation.header_mutation.v3.HeaderMutation", {
    mutations: [...EXACT.map((remove) => ({ remove })), ...byPrefix],
  });
}

/** Sets a header, over whatever is there. Appending would let the client's value stand beside ours. */
export function overwrite(key: string, value: string): JsonObject {
  return { append_action: "OVERWRITE_IF_EXISTS_OR_ADD", header: { key, value } };
}
