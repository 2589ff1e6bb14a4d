import { extension } from "../types";

/** Parameter names that carry credentials; in a URL they would end up in histories, logs and referrers. */
const CREDENTIAL_NAMES =
  "token|gateway_token|access_token|id_token|refresh_token|api[-_]?key|key|password|passwd|secret|auth|authorization|bearer|jwt";

/** As above in any case, or any parameter whose name is percent-encoded, which no client of OpenClaw does. */
const CREDENTIAL_IN_QUERY = `[^?]*[?](.*&)?((?i:${CREDENTIAL_NAMES})|[^=&]*%[^=&]*)(=.*|&.*)?`;
const METHODS = "GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS";

/** Refuses, with 403, what no honest client sends: credentials in the query, exotic methods, OpenClaw's diagnostics. */
export function denyDishonest() {
  const anyone = [{ any: true }];
  const header = (name: string, regex: string) => ({ header: { name, string_match: { safe_regex: { regex } } } });
  return extension("envoy.filters.http.rbac.deny", "filters.http.rbac.v3.RBAC", {
    rules: {
      action: "DENY",
      policies: {
        credential_in_query: { permissions: [header(":path", CREDENTIAL_IN_QUERY)], principals: anyone },
        method: { permissions: [{ not_rule: header(":method", METHODS) }], principals: anyone },
        diagnostics: { permissions: [{ url_path: { path: { prefix: "/api/diagnostics/" } } }], principals: anyone },
      },
    },
  });
}
