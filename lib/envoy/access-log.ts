import { extension, type JsonObject } from "./types";

const STDOUT = "envoy.access_loggers.stdout";
const STDOUT_TYPE = "access_loggers.stream.v3.StdoutAccessLog";

/** What every request's line says, whoever writes it. Paths are logged without their query, which may hold a credential. */
const REQUEST: JsonObject = {
  time: "%START_TIME%",
  request_id: "%REQ(X-REQUEST-ID)%",
  peer: "%DOWNSTREAM_PEER_URI_SAN%",
  method: "%REQ(:METHOD)%",
  path: "%PATH(NQ)%",
  upgrade: "%REQ(UPGRADE)%",
  status: "%RESPONSE_CODE%",
  decision: "%ROUTE_NAME%",
  reason: "%RESPONSE_CODE_DETAILS%",
  flags: "%RESPONSE_FLAGS%",
  received: "%BYTES_RECEIVED%",
  sent: "%BYTES_SENT%",
  duration_ms: "%DURATION%",
};

/** One JSON line per request. */
export function requestLog(component: string, more: JsonObject = {}): JsonObject {
  return jsonLog({ log: `${component}-request`, ...REQUEST, ...more });
}

/** One JSON line per connection, also for those that never got through the handshake. */
export function connectionLog(component: string): JsonObject {
  return jsonLog({
    log: `${component}-connection`,
    time: "%START_TIME%",
    source: "%DOWNSTREAM_REMOTE_ADDRESS%",
    // Envoy prints this for certificates it refused too: it means something only where `failure` is null.
    peer: "%DOWNSTREAM_PEER_URI_SAN%",
    server_name: "%REQUESTED_SERVER_NAME%",
    failure: "%DOWNSTREAM_TRANSPORT_FAILURE_REASON%",
    upstream: "%UPSTREAM_HOST%",
    flags: "%RESPONSE_FLAGS%",
    duration_ms: "%DURATION%",
  });
}

function jsonLog(format: JsonObject): JsonObject {
  return extension(STDOUT, STDOUT_TYPE, { log_format: { json_format: format } });
}
