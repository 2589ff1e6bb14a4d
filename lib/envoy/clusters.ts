import type { Cluster, JsonObject } from "./types";

export interface ClusterArgs {
  name: string;
  address: string;
  port: number;
  /** From {@link upstreamTls}; without it the connection is plain. */
  tls?: JsonObject;
  /**
   * Resolve the address as a name, again and again. Only for hosts outside: inside, addresses are fixed, and resolving them would cost
   * five seconds whenever a container restarts.
   * @default false
   */
  resolve?: boolean;
}

/** One place an Envoy may connect to. */
export function cluster({ name, address, port, tls, resolve }: ClusterArgs): Cluster {
  const endpoint = { address: { socket_address: { address, port_value: port } } };
  return {
    name,
    type: resolve ? "STRICT_DNS" : "STATIC",
    ...(resolve ? { dns_lookup_family: "V4_PREFERRED" } : {}),
    connect_timeout: "5s",
    circuit_breakers: { thresholds: [{ max_connections: 1024, max_pending_requests: 256, max_requests: 1024 }] },
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint }] }] },
    ...(tls ? { transport_socket: tls } : {}),
  };
}
