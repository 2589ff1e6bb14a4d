import { connectionLog } from "./access-log";
import { type Extension, extension, type JsonObject, type Listener, type Route, typed } from "./types";

export interface Address {
  address: string;
  port: number;
}

export interface ListenerArgs {
  name: string;
  /** Bound one by one, never the wildcard: a port exists only in the networks of the flows that use it. */
  addresses: Address[];
  filterChains: JsonObject[];
  listenerFilters?: Extension[];
}

/** A listener bound to exactly the addresses of its flows. */
export function listener({ name, addresses, filterChains, listenerFilters }: ListenerArgs): Listener {
  const [first, ...others] = addresses.map(({ address, port }) => ({ socket_address: { address, port_value: port } }));
  return {
    name,
    address: first,
    ...(others.length > 0 ? { additional_addresses: others.map((address) => ({ address })) } : {}),
    per_connection_buffer_limit_bytes: 1024 * 1024,
    access_log: [connectionLog(name)],
    ...(listenerFilters ? { listener_filters: listenerFilters as unknown as JsonObject[] } : {}),
    listener_filters_timeout: "5s",
    filter_chains: filterChains.map((chain) => ({ transport_socket_connect_timeout: "10s", ...chain })),
  };
}

/** Takes the peer's address from what each connection begins with, and refuses one that begins otherwise. */
export function proxyProtocol(): Extension {
  return extension("envoy.filters.listener.proxy_protocol", "filters.listener.proxy_protocol.v3.ProxyProtocol", {});
}

/** Requests and headers are bounded alike everywhere, and paths have one spelling. */
const BOUNDED: JsonObject = {
  normalize_path: true,
  merge_slashes: true,
  path_with_escaped_slashes_action: "REJECT_REQUEST",
  request_headers_timeout: "10s",
  // Ten megabytes within it need 1.4 Mbit/s; who sends a byte a second holds a buffer no longer than this.
  request_timeout: "60s",
  stream_idle_timeout: "3600s",
  max_request_headers_kb: 32,
  common_http_protocol_options: {
    max_headers_count: 100,
    idle_timeout: "3600s",
    headers_with_underscores_action: "REJECT_REQUEST",
  },
  http2_protocol_options: { max_concurrent_streams: 100 },
};

/** A buffered request may have this many bytes; more is 413. */
export const MAX_REQUEST_BYTES = 10 * 1024 * 1024;

/** The longest an open WebSocket or request may last: the backstop of every revocation. */
export const MAX_STREAM_SECONDS = 3600;

export interface HttpArgs {
  name: string;
  /** What the request passes, in order, before it is routed. */
  filters: Extension[];
  /**
   * What a WebSocket passes besides, last.
   * @default - nothing
   */
  upgradeFilters?: Extension[];
  routes: Route[];
  /** Names a request may ask for; a different one is 404. */
  hosts: string[];
  accessLog: JsonObject;
  /** Hold a request back until it is complete and small enough. WebSockets are never held back. */
  buffer?: boolean;
  more: JsonObject;
}

/** The HTTP part of a listener. WebSocket upgrades pass the same filters as requests, but for the buffer. */
export function http(args: HttpArgs): Extension & JsonObject {
  const { name, filters, upgradeFilters = [], routes, hosts, accessLog, buffer, more } = args;
  const router = extension("envoy.filters.http.router", "filters.http.router.v3.Router", {
    suppress_envoy_headers: true,
  });
  const limit = extension("envoy.filters.http.buffer", "filters.http.buffer.v3.Buffer", {
    max_request_bytes: MAX_REQUEST_BYTES,
  });
  return extension(
    "envoy.filters.network.http_connection_manager",
    "filters.network.http_connection_manager.v3.HttpConnectionManager",
    {
      stat_prefix: name,
      ...BOUNDED,
      access_log: [accessLog],
      upgrade_configs: [
        { upgrade_type: "websocket", filters: [...filters, ...upgradeFilters, router] as unknown as JsonObject[] },
      ],
      http_filters: [...filters, ...(buffer ? [limit] : []), router] as unknown as JsonObject[],
      route_config: { name, virtual_hosts: [{ name, domains: hosts, routes }] },
      ...more,
    },
  );
}

/** Passes bytes through unread. */
export function tcp(name: string, clusterName: string): JsonObject {
  return {
    name: "envoy.filters.network.tcp_proxy",
    typed_config: typed("filters.network.tcp_proxy.v3.TcpProxy", { stat_prefix: name, cluster: clusterName }),
  };
}
