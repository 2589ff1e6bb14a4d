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
}

/** What one Envoy may have open towards one place: far above what people do, and below what exhausts it. */
const LIMITS = { max_connections: 10_000, max_pending_requests: 1024, max_requests: 10_000 };

/** A peer that vanished without a word, as a container's network does, is noticed within half a minute. */
const KEEPALIVE = { tcp_keepalive: { keepalive_probes: 3, keepalive_time: 15, keepalive_interval: 5 } };

const HTTP2 = {
  "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed("upstreams.http.v3.HttpProtocolOptions", {
    explicit_http_config: { http2_protocol_options: {} },
  }),
};

/** One place an Envoy may connect to: inside, addresses are fixed, and looking them up would cost seconds whenever a container restarts. */
export function cluster({ name, address, port, tls, http2 }: ClusterArgs): Cluster {
  const endpoint = { address: { socket_address: { address, port_value: port } } };
  return {
    name,
    type: "STATIC",
    connect_timeout: "5s",
    upstream_connection_options: KEEPALIVE,
    circuit_breakers: { thresholds: [LIMITS] },
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint }] }] },
    ...(tls ? { transport_socket: tls } : {}),
    ...(http2 ? { typed_extension_protocol_options: HTTP2 } : {}),
  };
}
