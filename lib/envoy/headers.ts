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
  "x-zt-",
  "x-auth-request-",
  "x-pomerium-",
  "tailscale-",
  "cf-access-",
  "remote-",
];

/**
 * Removes what a client must not say about itself. Before all filters: done by a route it would come after the login, and remove the
 * login's own header.
 * @param kept Headers that are verified instead of removed, in lower case
 */
export function removeClientClaims(kept: string[]): JsonObject {
  const byPrefix = PREFIXES.map((prefix) => {
    const exception = kept.find((name) => name.startsWith(prefix));
    return {
      remove_on_match: {
        key_matcher: exception
          ? { safe_regex: { regex: anyOtherWith(prefix, exception.slice(prefix.length)) } }
          : { prefix, ignore_case: true },
      },
    };
  });
  return extension("remove-client-claims", "http.early_header_mutation.header_mutation.v3.HeaderMutation", {
    mutations: [...EXACT.filter((name) => !kept.includes(name)).map((remove) => ({ remove })), ...byPrefix],
  });
}

/** Matches every name with the prefix but one; these expressions know no "but". */
function anyOtherWith(prefix: string, rest: string): string {
  const differs = [...rest].map((letter, i) => `${rest.slice(0, i)}([^${letter}].*)?`);
  return `${prefix}(${[...differs, `${rest}.+`].join("|")})`;
}

/**
 * Sets a header, over whatever is there, also with nothing. Appending would let the client's value stand beside ours, and leaving out
 * what is empty would let it stand alone.
 */
export function overwrite(key: string, value: string): JsonObject {
  return { append_action: "OVERWRITE_IF_EXISTS_OR_ADD", keep_empty_value: true, header: { key, value } };
}
