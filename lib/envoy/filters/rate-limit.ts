import { extension, type JsonObject, typed } from "../types";
import { CLAIMS, TOKEN_FILTER } from "./identity-token";

/** A bucket of requests. */
export interface Bucket {
  /** How many may come at once. */
  burst: number;
  /** How many per second in the long run. */
  perSecond: number;
}

/** Who has a bucket of their own. */
export const Per = { Address: "address", Person: "person" } as const;
export type Per = (typeof Per)[keyof typeof Per];

const NAME = "envoy.filters.http.local_ratelimit";
const TYPE = "filters.http.local_ratelimit.v3.LocalRateLimit";

/** So many callers are remembered; who was not seen for longest begins anew. */
const MAX_CALLERS = 10_000;

const ACTIONS: Record<Per, JsonObject> = {
  address: { remote_address: {} },
  person: {
    metadata: {
      descriptor_key: "person",
      source: "DYNAMIC",
      metadata_key: { key: TOKEN_FILTER, path: [{ key: CLAIMS }, { key: "sub" }] },
    },
  },
};
const KEYS: Record<Per, string> = { address: "remote_address", person: "person" };

/** Counts each caller's requests per replica of this Envoy and answers 429 above the bucket. Routes may have a stricter one. */
export function rateLimit(name: string, per: Per, each: Bucket, together: Bucket) {
  return extension(NAME, TYPE, limits(name, per, each, together));
}

/** The stricter buckets of one route. */
export function routeRateLimit(name: string, per: Per, each: Bucket, together: Bucket): JsonObject {
  return { [NAME]: typed(TYPE, limits(name, per, each, together)) };
}

function limits(name: string, per: Per, each: Bucket, together: Bucket): JsonObject {
  const always = { default_value: { numerator: 100, denominator: "HUNDRED" } };
  return {
    stat_prefix: name,
    token_bucket: bucket(together),
    filter_enabled: always,
    filter_enforced: always,
    rate_limits: [{ actions: [ACTIONS[per]] }],
    descriptors: [{ entries: [{ key: KEYS[per] }], token_bucket: bucket(each) }],
    max_dynamic_descriptors: MAX_CALLERS,
  };
}

function bucket({ burst, perSecond }: Bucket): JsonObject {
  return { max_tokens: burst, tokens_per_fill: perSecond, fill_interval: "1s" };
}
