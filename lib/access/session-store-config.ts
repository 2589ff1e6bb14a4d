import { bootstrap, cluster, denyPeers, listener, mutualTls, tcp } from "../envoy";
import { COOKIE } from "./oauth2-proxy-config";

const VALKEY = "valkey";
const LOOPBACK = "127.0.0.1";
export const VALKEY_PORT = 6379;

/** What sessions may take; some 2 kB each. */
const MAX_MEMORY = "96mb";

/**
 * The configuration file of Valkey: on a loopback that it shares with its Envoy only, in memory only, and for session keys only. A lost
 * session is signed in again, at most places without a question. Pure.
 */
export function valkeyConfig(): string {
  const lines = [
    `bind ${LOOPBACK}`,
    `port ${VALKEY_PORT}`,
    'save ""',
    "appendonly no",
    `maxmemory ${MAX_MEMORY}`,
    // Full of sessions, it forgets those that would end next.
    "maxmemory-policy volatile-ttl",
    // Sessions and their locks are read, written and forgotten; nothing lists or administrates them from outside.
    `user default on nopass ~${COOKIE}* +@read +@write +@connection +@scripting -@admin -@dangerous`,
  ];
  return `${lines.join("\n")}\n`;
}

export interface SessionStoreConfigArgs {
  directory: string;
  listen: { address: string; port: number };
  /** The one workload that may call. */
  callerIdentity: string;
}

/** The Envoy in front of Valkey: mutual TLS with a leaf that is renewed hot, and exactly one caller. Pure. */
export function sessionStoreConfig({ directory, listen, callerIdentity }: SessionStoreConfigArgs): string {
  return bootstrap({
    id: "session-store",
    listeners: [
      listener({
        name: "session-store",
        addresses: [listen],
        filterChains: [
          {
            transport_socket: mutualTls(directory, [callerIdentity]),
            filters: [denyPeers(directory, "tcp"), tcp("session-store", VALKEY)],
          },
        ],
      }),
    ],
    clusters: [cluster({ name: VALKEY, address: LOOPBACK, port: VALKEY_PORT })],
  });
}
