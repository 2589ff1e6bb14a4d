import { extension, type JsonObject } from "../types";

/** Writes down what was found out about a request, for the routes, headers and log lines that follow. Values are format strings. */
export function establish(facts: Record<string, string>, name = "envoy.filters.http.set_filter_state") {
  return extension(name, "filters.http.set_filter_state.v3.Config", {
    // Routes match on facts, so the route is chosen again once they are known.
    clear_route_cache: true,
    on_request_headers: Object.entries(facts)
      .filter(([, value]) => value !== "")
      .map(([name, value]) => ({
        object_key: name,
        factory_key: "envoy.string",
        format_string: { omit_empty_values: true, text_format_source: { inline_string: value } },
      })),
  });
}

/** A route condition: the fact is known and not empty. */
export function isKnown(name: string): JsonObject {
  return { key: name, string_match: { safe_regex: { regex: ".+" } } };
}

/** How a header or a log line quotes a fact. */
export function fact(name: string): string {
  return `%FILTER_STATE(${name}:PLAIN)%`;
}
