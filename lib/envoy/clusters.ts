import { type Cluster, type JsonObject, typed } from "./types";

export interface ClusterArgs {
  name: string;
  address: string;
  port: number;
  /** From {@link upstreamTls}; without it the connection is plain. */
  tls?: JsonObject;
  /**
   * Speak HTTP/2, as gRPC does.
   * @default false
   */
  http2?: boolean;
  /**
   * Close a connection that nobody used for so many seconds.
   * @default - Envoy's, an hour
   */
  idleSeconds?: number;
}

/** What one Envoy may have open towards one place: far above what people do, and below what exhausts it. */
const LIMITS = { max_connections: 10_000, max_pending_requests: 1024, max_requests: 10_000 };

/** A peer that vanished without a word, as a container's network does, is noticed within half a minute. */
const KEEPALIVE = { tcp_keepalive: { keepalive_probes: 3, keepalive_time: 15, keepalive_interval: 5 } };

function protocol(http2: boolean, idleSeconds?: number): JsonObject {
  const version = http2 ? { http2_protocol_options: {} } : { http_protocol_options: {} };
  return {
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed("upstreams.http.v3.HttpProtocolOptions", {
      explicit_http_config: version,
      ...(idleSeconds ? { common_http_protocol_options: { idle_timeout: `${idleSeconds}s` } } : {}),
    }),
  };
}

/** One place an Envoy may connect to: inside, addresses are fixed, and looking them up would cost seconds whenever a container restarts. */
export function cluster({ name, address, port, tls, http2 = false, idleSeconds }: ClusterArgs): Cluster {
  const endpoint = { address: { socket_address: { address, port_value: port } } };
  return {
    name,
    type: "STATIC",
    connect_timeout: "5s",
    upstream_connection_options: KEEPALIVE,
    circuit_breakers: { thresholds: [LIMITS] },
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint }] }] },
    ...(tls ? { transport_socket: tls } : {}),
    ...(http2 || idleSeconds ? { typed_extension_protocol_options: protocol(http2, idleSeconds) } : {}),
  };
}
