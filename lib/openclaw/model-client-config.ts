import { bootstrap, cluster, denyPeers, forward, http, listener, requestLog, upstreamTls } from "../envoy";

export interface ModelClientConfigArgs {
  directory: string;
  /** One per model provider: the port on loopback, and the egress gateway's address and port for it. */
  models: { name: string; port: number; egress: { address: string; port: number } }[];
  egressIdentity: string;
}

/**
 * The Envoy beside OpenClaw that holds the client certificate towards the egress gateway: the agent can use the connection, but not
 * take the key away, and the leaf is renewed without touching OpenClaw. Pure.
 */
export function modelClientConfig({ directory, models, egressIdentity }: ModelClientConfigArgs): string {
  return bootstrap({
    id: "model-client",
    listeners: models.map(({ name, port }) =>
      listener({
        name,
        addresses: [{ address: "127.0.0.1", port }],
        filterChains: [
          {
            filters: [
              http({
                name,
                hosts: ["*"],
                accessLog: requestLog("model-client"),
                filters: [denyPeers(directory)],
                routes: [forward({ name, match: { prefix: "/" }, cluster: name })],
                more: { use_remote_address: false, skip_xff_append: true },
              }),
            ],
          },
        ],
      }),
    ),
    clusters: models.map(({ name, egress }) =>
      cluster({
        name,
        ...egress,
        tls: upstreamTls({ directory, serverName: "egress", peer: { identity: egressIdentity }, present: true }),
      }),
    ),
  });
}
