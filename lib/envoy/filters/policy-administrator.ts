import { type Extension, extension, type JsonObject } from "../types";
import { TOKEN_FILTER } from "./identity-token";

/** Name of the filter that the policy administrator writes, and of its only policy. */
export const REVOKED = "revoked";

/** Refuses those whom the policy administrator has on its list. Without a list nothing is served: Envoy waits for the first one. */
export function refuseRevoked(cluster: string): Extension & JsonObject {
  return {
    name: REVOKED,
    config_discovery: {
      config_source: {
        resource_api_version: "V3",
        initial_fetch_timeout: "0s",
        api_config_source: {
          api_type: "GRPC",
          transport_api_version: "V3",
          grpc_services: [{ envoy_grpc: { cluster_name: cluster } }],
        },
      },
      type_urls: ["type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC"],
    },
  } as unknown as Extension & JsonObject;
}

/**
 * Shows each WebSocket to the policy administrator, which may end it at any time by ending its own stream. No frame passes through it:
 * it is asked for the trailers of the answer, which never come, so that its stream lasts as long as the socket. If it is gone, so are
 * the sockets.
 */
export function endWhenRevoked(cluster: string, rolesFact: string): Extension & JsonObject {
  return extension("envoy.filters.http.ext_proc", "filters.http.ext_proc.v3.ExternalProcessor", {
    grpc_service: { envoy_grpc: { cluster_name: cluster } },
    failure_mode_allow: false,
    message_timeout: "2s",
    status_on_error: { code: "ServiceUnavailable" },
    // It needs to know who it is, not what was asked.
    forward_rules: { allowed_headers: { patterns: [{ exact: ":method" }] } },
    request_attributes: [`filter_state['${rolesFact}']`],
    metadata_options: { forwarding_namespaces: { untyped: [TOKEN_FILTER] } },
    processing_mode: {
      request_header_mode: "SEND",
      response_header_mode: "SKIP",
      request_body_mode: "NONE",
      response_body_mode: "NONE",
      request_trailer_mode: "SKIP",
      response_trailer_mode: "SEND",
    },
  });
}
