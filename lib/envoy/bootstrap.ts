import { type Cluster, extension, type Json, type JsonObject, type Listener } from "./types";

/** Where the admin interface listens: a socket in memory that only Envoy's own user can open, never a port. */
export const ADMIN_SOCKET = "/run/workload/admin.sock";

export interface BootstrapArgs {
  /** Shown in Envoy's own statistics. */
  id: string;
  listeners: Listener[];
  clusters: Cluster[];
  /**
   * Connections of callers at once; more are closed.
   * @default - no limit
   */
  maxConnections?: number;
}

/** A whole Envoy configuration, as the text of `envoy.json`. */
export function bootstrap({ id, listeners, clusters, maxConnections }: BootstrapArgs): string {
  const config: JsonObject = {
    node: { id, cluster: id },
    admin: { address: { pipe: { path: ADMIN_SOCKET, mode: 0o600 } } },
    layered_runtime: { layers: [{ name: "static", static_layer: RUNTIME }] },
    static_resources: { listeners, clusters },
    ...(maxConnections ? { overload_manager: limitConnections(maxConnections) } : {}),
  };
  return JSON.stringify(config as Json);
}

function limitConnections(max: number): JsonObject {
  const monitor = extension(
    "envoy.resource_monitors.global_downstream_max_connections",
    "resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
    { max_active_downstream_connections: max },
  );
  return { resource_monitors: [monitor] };
}

const RUNTIME: JsonObject = {
  // The pattern for credentials in a query needs 122; the default limit is 100.
  "re2.max_program_size.error_level": 300,
  // Session cookies are AES-GCM; the older CBC ones can be forged (CVE-2026-47775) and are not accepted either.
  "envoy.reloadable_features.oauth2_use_gcm_encryption": true,
  "envoy.reloadable_features.oauth2_legacy_cbc_decrypt_compat": false,
};
