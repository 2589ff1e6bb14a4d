import { secretReference } from "./secrets";
import { type JsonObject, typed } from "./types";

/** Names of the secrets every Envoy of ours has: its leaf and the roots of the internal CA. */
export const LEAF = "leaf";
export const ROOTS = "roots";

/** Certificates Debian, Ubuntu and Envoy's own image trust for the web. */
export const PUBLIC_ROOTS = "/etc/ssl/certs/ca-certificates.crt";

const TLS13 = { tls_minimum_protocol_version: "TLSv1_3", tls_maximum_protocol_version: "TLSv1_3" };
const SOCKET = "envoy.transport_sockets.tls";

/** Who is on the other side: an identity of ours, or a public host. */
export type Peer = { identity: string } | { host: string };

/** The listening side for browsers. */
export function publicTls(directory: string, certificate: string): JsonObject {
  return downstream({
    common_tls_context: {
      tls_params: TLS13,
      alpn_protocols: ["h2", "http/1.1"],
      tls_certificate_sds_secret_configs: [secretReference(directory, certificate)],
    },
  });
}

/** The listening side between workloads: a client certificate of exactly one of these identities, or no connection. */
export function mutualTls(directory: string, identities: string[]): JsonObject {
  return downstream({
    require_client_certificate: true,
    // A resumed session would skip the check of the client's certificate after a root or an identity was removed.
    disable_stateless_session_resumption: true,
    disable_stateful_session_resumption: true,
    common_tls_context: {
      tls_params: TLS13,
      alpn_protocols: ["http/1.1"],
      tls_certificate_sds_secret_configs: [secretReference(directory, LEAF)],
      combined_validation_context: internalTrust(directory, identities),
    },
  });
}

export interface UpstreamTlsArgs {
  directory: string;
  /** The name asked for in the handshake. */
  serverName: string;
  peer: Peer;
  /** Show the own leaf. */
  present: boolean;
}

/** The calling side: the other end must be exactly the expected peer. */
export function upstreamTls({ directory, serverName, peer, present }: UpstreamTlsArgs): JsonObject {
  const trust: JsonObject =
    "identity" in peer
      ? { combined_validation_context: internalTrust(directory, [peer.identity]) }
      : {
          validation_context: {
            trusted_ca: { filename: PUBLIC_ROOTS },
            match_typed_subject_alt_names: [exact("DNS", peer.host)],
          },
        };
  return {
    name: SOCKET,
    typed_config: typed("transport_sockets.tls.v3.UpstreamTlsContext", {
      sni: serverName,
      max_session_keys: 0,
      common_tls_context: {
        tls_params: "identity" in peer ? TLS13 : { tls_minimum_protocol_version: "TLSv1_2" },
        alpn_protocols: ["http/1.1"],
        ...(present ? { tls_certificate_sds_secret_configs: [secretReference(directory, LEAF)] } : {}),
        ...trust,
      },
    }),
  };
}

function downstream(config: JsonObject): JsonObject {
  return { name: SOCKET, typed_config: typed("transport_sockets.tls.v3.DownstreamTlsContext", config) };
}

function internalTrust(directory: string, identities: string[]): JsonObject {
  return {
    default_validation_context: {
      max_verify_depth: 2,
      match_typed_subject_alt_names: identities.map((identity) => exact("URI", identity)),
    },
    validation_context_sds_secret_config: secretReference(directory, ROOTS),
  };
}

function exact(type: "URI" | "DNS", value: string): JsonObject {
  return { san_type: type, matcher: { exact: value } };
}
