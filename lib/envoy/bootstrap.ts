import type { Cluster, Json, JsonObject, Listener } from "./types";

/** Where the admin interface listens: a socket in memory that only Envoy's own user can open, never a port. */
export const ADMIN_SOCKET = "/run/workload/admin.sock";

export interface BootstrapArgs {
  /** Shown in Envoy's own statistics. */
  id: string;
  listeners: Listener[];
  clusters: Cluster[];
}

/** A whole Envoy configuration, as the text of `envoy.json`. */
export function bootstrap({ id, listeners, clusters }: BootstrapArgs): string {
  const config: JsonObject = {
    node: { id, cluster: id },
    admin: { address: { pipe: { path: ADMIN_SOCKET, mode: 0o600 } } },
    layered_runtime: { layers: [{ name: "static", static_layer: RUNTIME }] },
    static_resources: { listeners, clusters },
  };
  return JSON.stringify(config as Json);
}

const RUNTIME: JsonObject = {
  // The pattern for credentials in a query needs 122; the default limit is 100.
  "re2.max_program_size.error_level": 300,
  // Session cookies are AES-GCM; the older CBC ones can be forged (CVE-2026-47775) and are not accepted either.
  "envoy.reloadable_features.oauth2_use_gcm_encryption": true,
  "envoy.reloadable_features.oauth2_legacy_cbc_decrypt_compat": false,
};
