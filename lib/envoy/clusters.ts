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

/**
 * A connection that is used on and on would outlive the certificates it was opened with: leaves are renewed with a third of their life
 * left, which is twenty minutes at the least. Whatever goes on in it is let finish.
 */
const TLS_CONNECTION_SECONDS = 600;

function protocol(http2: boolean, tls: boolean, idleSeconds?: number): JsonObject {
  const version = http2 ? { http2_protocol_options: {} } : { http_protocol_options: {} };
  const bounds = {
    ...(tls ? { max_connection_duration: `${TLS_CONNECTION_SECONDS}s` } : {}),
    ...(idleSeconds ? { idle_timeout: `${idleSeconds}s` } : {}),
  };
  return {
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed("upstreams.http.v3.HttpProtocolOptions", {
      explicit_http_config: version,
      ...(Object.keys(bounds).length > 0 ? { common_http_protocol_options: bounds } : {}),
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
    ...(http2 || tls || idleSeconds
      ? { typed_extension_protocol_options: protocol(http2, tls !== undefined, idleSeconds) }
      : {}),
  };
}
