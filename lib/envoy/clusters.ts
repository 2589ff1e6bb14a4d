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
   * How long a connection and its handshake may take.
   * @default 5
   */
  connectSeconds?: number;
  /**
   * Close a connection that nobody used for so many seconds.
   * @default - Envoy's, an hour
   */
  idleSeconds?: number;
  /**
   * Ask it whether it would take a request, and send none while it would not.
   * @default - requests are sent in any case
   */
  check?: HealthCheck;
}

/**
 * Shorter than servers keep idle connections, which is five seconds for programs of Node: a request that meets one being closed is lost,
 * and never sent twice, because whoever sent it may want it once.
 */
export const IDLE_SECONDS = 4;

/** A request that says whether a place takes others. */
export interface HealthCheck {
  path: string;
  host: string;
  headers: Record<string, string>;
}

/**
 * A place that is busy is not one that refuses: only after so many answers that fail, or do not come, it is given nothing more. An answer
 * that refuses counts at once.
 */
const CHECK_TIMES = {
  timeout: "5s",
  interval: "2s",
  no_traffic_interval: "2s",
  unhealthy_interval: "1s",
  unhealthy_threshold: 4,
  healthy_threshold: 1,
};
/** Statuses of a place that cannot answer now; without them the first would count like a refusal. */
const BUSY = [{ start: 500, end: 600 }];

function healthCheck({ path, host, headers }: HealthCheck): JsonObject {
  const added = Object.entries(headers).map(([key, value]) => ({
    header: { key, value },
    append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
  }));
  return { ...CHECK_TIMES, http_health_check: { path, host, request_headers_to_add: added, retriable_statuses: BUSY } };
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
export function cluster(args: ClusterArgs): Cluster {
  const { name, address, port, tls, http2 = false, connectSeconds = 5, idleSeconds, check } = args;
  const endpoint = { address: { socket_address: { address, port_value: port } } };
  return {
    name,
    type: "STATIC",
    connect_timeout: `${connectSeconds}s`,
    upstream_connection_options: KEEPALIVE,
    circuit_breakers: { thresholds: [LIMITS] },
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint }] }] },
    ...(tls ? { transport_socket: tls } : {}),
    ...(check
      ? { health_checks: [healthCheck(check)], common_lb_config: { healthy_panic_threshold: { value: 0 } } }
      : {}),
    ...(http2 || tls || idleSeconds
      ? { typed_extension_protocol_options: protocol(http2, tls !== undefined, idleSeconds) }
      : {}),
  };
}
