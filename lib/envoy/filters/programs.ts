import { extension } from "../types";
import { BEARER, CLAIMS, TOKEN_FILTER } from "./identity-token";

/**
 * A token that a request brings itself must be a program's, which has no address. A person's comes from the login: one that turned up
 * in a history or a log is no way in.
 */
export function onlyProgramsBringTokens() {
  const brought = { header: { name: BEARER.header, present_match: true } };
  const persons = {
    metadata: { filter: TOKEN_FILTER, path: [{ key: CLAIMS }, { key: "email" }], value: { present_match: true } },
  };
  return extension("envoy.filters.http.rbac.programs", "filters.http.rbac.v3.RBAC", {
    rules: {
      action: "DENY",
      policies: {
        persons_token_brought_along: {
          permissions: [{ any: true }],
          principals: [{ and_ids: { ids: [brought, persons] } }],
        },
      },
    },
  });
}
