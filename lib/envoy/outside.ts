import { NOT_PUBLIC_IPV4, NOT_PUBLIC_IPV6 } from "../internal/not-public";
import { type Cluster, type Extension, extension, type JsonObject, typed } from "./types";

/**
 * The way to public hosts. A name is looked up for each connection, and an address that is not public is refused: a name's owner could
 * point it at this machine, at a neighbour, or at the cloud's metadata.
 */
const CACHE = {
  name: "outside",
  dns_lookup_family: "V4_PREFERRED",
  // How soon a name that was not found is looked up again; what was found is good for as long as its own record says.
  dns_refresh_rate: "5s",
};

const NOT_PUBLIC = [...NOT_PUBLIC_IPV4, ...NOT_PUBLIC_IPV6].map(parts);

function parts(range: string): [prefix: string, length: number] {
  const [prefix, length] = range.split("/") as [string, string];
  return [prefix, Number(length)];
}

/** Refuses what was looked up and is not public, but for these ranges. */
function refuseNotPublic(except: string[]): JsonObject {
  const notPublic = {
    or_rules: { rules: NOT_PUBLIC.map(([prefix, length]) => ({ matcher: resolvedTo(prefix, length) })) },
  };
  const allowed = except.map(parts).map(([prefix, length]) => resolvedTo(prefix, length));
  const others = allowed.map((matcher) => ({ not_rule: { matcher } }));
  const permission = others.length === 0 ? notPublic : { and_rules: { rules: [notPublic, ...others] } };
  return {
    action: "DENY",
    policies: { address_not_public: { permissions: [permission], principals: [{ any: true }] } },
  };
}

function resolvedTo(address_prefix: string, prefix_len: number): JsonObject {
  return extension("upstream_address", "rbac.matchers.upstream_ip_port.v3.UpstreamIpPortMatcher", {
    upstream_ip: { address_prefix, prefix_len },
  });
}

/**
 * Filters that look up a request's host, which the route names, and refuse it if it is not public.
 * @param except Ranges that are accepted although they are not public
 */
export function lookUpHost(except: string[]): Extension[] {
  return [
    extension(LOOK_UP, "filters.http.dynamic_forward_proxy.v3.FilterConfig", {
      save_upstream_address: true,
      dns_cache_config: CACHE,
    }),
    extension("envoy.filters.http.rbac.public", "filters.http.rbac.v3.RBAC", { rules: refuseNotPublic(except) }),
  ];
}

const LOOK_UP = "envoy.filters.http.dynamic_forward_proxy";

/** The host a route's requests go to. */
export function routeToHost(host: string, port: number): JsonObject {
  return {
    [LOOK_UP]: typed("filters.http.dynamic_forward_proxy.v3.PerRouteConfig", {
      host_rewrite_literal: `${host}:${port}`,
    }),
  };
}

export interface PassThroughArgs {
  name: string;
  cluster: string;
  port: number;
  /** Ranges that are accepted although they are not public. */
  except: string[];
}

/** Passes TLS through unread to the host it asks for, if that is public. The filter chain says which hosts those are. */
export function passThroughByName({ name, cluster, port, except }: PassThroughArgs): JsonObject[] {
  return [
    extension(
      "envoy.filters.network.sni_dynamic_forward_proxy",
      "filters.network.sni_dynamic_forward_proxy.v3.FilterConfig",
      {
        port_value: port,
        save_upstream_address: true,
        dns_cache_config: CACHE,
      },
    ),
    extension("envoy.filters.network.rbac.public", "filters.network.rbac.v3.RBAC", {
      stat_prefix: `${name}_public`,
      rules: refuseNotPublic(except),
    }),
    {
      name: "envoy.filters.network.tcp_proxy",
      typed_config: typed("filters.network.tcp_proxy.v3.TcpProxy", {
        stat_prefix: name,
        cluster,
        // Not before the address was judged, which happens at the first bytes.
        upstream_connect_mode: "ON_DOWNSTREAM_DATA",
        max_early_data_bytes: 16_384,
      }),
    },
  ];
}

/** Connects to whatever host was looked up. */
export function outsideCluster(name: string, tls?: JsonObject): Cluster {
  return {
    name,
    lb_policy: "CLUSTER_PROVIDED",
    connect_timeout: "5s",
    cluster_type: extension("envoy.clusters.dynamic_forward_proxy", "clusters.dynamic_forward_proxy.v3.ClusterConfig", {
      dns_cache_config: CACHE,
      // The TLS settings name the one certificate that is accepted, which is stricter than what Envoy would insist on.
      allow_insecure_cluster_options: true,
    }),
    ...(tls ? { transport_socket: tls } : {}),
  };
}
