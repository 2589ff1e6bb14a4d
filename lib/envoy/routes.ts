import { overwrite } from "./headers";
import { MAX_REQUEST_BYTES, MAX_STREAM_SECONDS } from "./listeners";
import { HTML } from "./local-replies";
import { type JsonObject, type Route, typed } from "./types";

export interface ForwardArgs {
  name: string;
  match: JsonObject;
  cluster: string;
  /** Request headers to drop, then those to set. */
  remove?: string[];
  set?: JsonObject[];
  setOnResponse?: JsonObject[];
  /** The host the other side is asked for. */
  host?: string;
  /** The path the other side is asked for, whatever the request's; the query stays. */
  path?: string;
  /**
   * How long the other side may take for its answer.
   * @default - as long as a WebSocket may be open
   */
  timeout?: string;
  filters?: JsonObject;
}

/**
 * A connection that could not be made fails every request that waits for any, also those another one would have taken a moment later. Such a
 * request was never sent, so it may be sent again. What was sent is not: whoever sent it may want it once.
 */
const NEVER_SENT = { retry_on: "connect-failure", num_retries: 1 };

/** Passes a request or WebSocket on, for an hour at most. */
export function forward(args: ForwardArgs): Route {
  const { name, match, cluster, remove, set, setOnResponse, host, path, timeout = "0s", filters } = args;
  return {
    name,
    match,
    route: {
      cluster,
      timeout,
      idle_timeout: `${MAX_STREAM_SECONDS}s`,
      max_stream_duration: { max_stream_duration: `${MAX_STREAM_SECONDS}s` },
      retry_policy: NEVER_SENT,
      ...(host ? { host_rewrite_literal: host } : {}),
      ...(path ? { regex_rewrite: { pattern: { regex: "/.*" }, substitution: path } } : {}),
    },
    ...(remove ? { request_headers_to_remove: remove } : {}),
    ...(set ? { request_headers_to_add: set } : {}),
    ...(setOnResponse ? { response_headers_to_add: setOnResponse } : {}),
    ...(filters ? { typed_per_filter_config: filters } : {}),
  };
}

/** Answers itself. */
export function respond(name: string, match: JsonObject, status: number, page?: string, filters?: JsonObject): Route {
  return {
    name,
    match,
    direct_response: { status, ...(page ? { body: { inline_string: page } } : {}) },
    ...(page ? { response_headers_to_add: [overwrite("content-type", HTML)] } : {}),
    ...(filters ? { typed_per_filter_config: filters } : {}),
  };
}

/** Refuses a body by its announced length, without the buffer that would wait for it. */
export function refuseLarge(page?: string): Route {
  const length = { range_match: { start: MAX_REQUEST_BYTES + 1, end: Number.MAX_SAFE_INTEGER } };
  return respond("too_large", { prefix: "/", headers: [{ name: "content-length", ...length }] }, 413, page, {
    "envoy.filters.http.buffer": typed("filters.http.buffer.v3.BufferPerRoute", { disabled: true }),
  });
}

/** Switches filters off for a route. */
export function without(...filters: string[]): JsonObject {
  const off = { "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", config: {}, disabled: true };
  return Object.fromEntries(filters.map((name) => [name, off]));
}
