import { type Cluster, cluster, IDLE_SECONDS, type Peer, upstreamTls } from "../envoy";

/** How edge and guard recognise an identity provider that is not a public host. */
export interface ProviderEnd {
  /** Name asked for in the handshake; the egress gateway lets it through. */
  serverName: string;
  peer: Peer;
  /** Path below which the edge leads browsers to it; for a provider with no other way in. */
  path?: string;
}

/** The way to the identity provider: through the egress gateway, with TLS that only the provider can end. */
export interface ProviderAccess {
  /** Address and port of the egress gateway, as seen from this workload. */
  address: string;
  port: number;
  /** @default - the host of each endpoint's URL, with a certificate for that host */
  end?: ProviderEnd;
}

/** The clusters that lead to these endpoints, one per host. */
export function providerClusters(directory: string, access: ProviderAccess, endpoints: string[]): Cluster[] {
  const hosts = [...new Set(endpoints.map((url) => new URL(url).hostname))];
  return hosts.map((host) => {
    const { serverName, peer } = access.end ?? { serverName: host, peer: { host } };
    const tls = upstreamTls({ directory, serverName, peer, present: false });
    return cluster({
      name: clusterFor(host),
      address: access.address,
      port: access.port,
      tls,
      idleSeconds: IDLE_SECONDS,
    });
  });
}

/** Name of the cluster that leads to an endpoint. */
export function providerCluster(endpoint: string): string {
  return clusterFor(new URL(endpoint).hostname);
}

function clusterFor(host: string): string {
  return `identity-provider ${host}`;
}
