import { extension, type JsonObject, typed } from "../types";

/** A bucket of requests. */
export interface Bucket {
  /** How many may come at once. */
  burst: number;
  /** How many per second in the long run. */
  perSecond: number;
}

const NAME = "envoy.filters.http.local_ratelimit";
const TYPE = "filters.http.local_ratelimit.v3.LocalRateLimit";

/** Counts requests per replica of this Envoy and answers 429 above the bucket. Routes may have a stricter one. */
export function rateLimit(name: string, bucket: Bucket) {
  return extension(NAME, TYPE, limits(name, bucket));
}

/** The stricter bucket of one route. */
export function routeRateLimit(name: string, bucket: Bucket): JsonObject {
  return { [NAME]: typed(TYPE, limits(name, bucket)) };
}

function limits(name: string, { burst, perSecond }: Bucket): JsonObject {
  const always = { default_value: { numerator: 100, denominator: "HUNDRED" } };
  return {
    stat_prefix: name,
    token_bucket: { max_tokens: burst, tokens_per_fill: perSecond, fill_interval: "1s" },
    filter_enabled: always,
    filter_enforced: always,
  };
}
