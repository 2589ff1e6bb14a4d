/** Envoy's configuration is protobuf written as JSON; these types say only which part a builder makes. */
export type Json = string | number | boolean | null | undefined | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** An extension of Envoy with its typed configuration. */
export interface Extension {
  name: string;
  typed_config: JsonObject;
}

export interface Listener extends JsonObject {
  name: string;
}

export interface Cluster extends JsonObject {
  name: string;
}

export interface Route extends JsonObject {
  name: string;
}

const TYPE = "type.googleapis.com/envoy.extensions.";

/** An extension's configuration with its type, such as `filters.http.router.v3.Router`. */
export function typed(type: string, config: JsonObject = {}): JsonObject {
  return { "@type": `${TYPE}${type}`, ...config };
}

export function extension(name: string, type: string, config: JsonObject = {}): Extension & JsonObject {
  return { name, typed_config: typed(type, config) };
}
