import * as pulumi from "@pulumi/pulumi";
import type { Bucket } from "../envoy";
import { ClientAddress } from "../platforms";

/** A bucket of requests: so many at once, and so many per second in the long run. */
export interface BucketArgs {
  /** 1 to 100000. */
  burst: number;
  /** 1 to 100000. */
  perSecond: number;
}

/**
 * How much one address or one person may ask, per replica. What is above gets 429. Where a proxy in front hides people's addresses, what is
 * for one address is for all together, and ten times as much.
 */
export interface RateLimitArgs {
  /**
   * Each address, at the edge. An office may be one address; a browser loading the Control UI needs some 60 requests at once.
   * @default 600 at once, 200 per second
   */
  perAddress?: BucketArgs;
  /**
   * Each person or program, at the guard.
   * @default 500 at once, 250 per second
   */
  perUser?: BucketArgs;
  /**
   * Each address, on the paths that cost the identity provider work.
   * @default 30 at once, 5 per second
   */
  login?: BucketArgs;
}

/** The buckets with nothing left open; those of everybody together protect the process, not one from the other. */
export interface RateLimits {
  perAddress: Bucket;
  perUser: Bucket;
  login: Bucket;
  loginTogether: Bucket;
  together: Bucket;
}

/**
 * The buckets where everybody has the same address: then one of an address is one of all, and as large as that. Pure.
 */
export function limitsFor(clientAddress: ClientAddress, limits: RateLimits): RateLimits {
  if (clientAddress !== ClientAddress.Unknown) return limits;
  return { ...limits, perAddress: limits.together, login: limits.loginTogether };
}

const TOGETHER_FACTOR = 10;
const MAX = 100_000;

/**
 * Completes and checks the limits.
 * @throws InputPropertyError for a number that is not whole, or outside 1 to 100000
 */
export function resolveRateLimits(args: RateLimitArgs = {}): RateLimits {
  for (const [name, bucket] of Object.entries(args) as [string, BucketArgs | undefined][]) {
    for (const [key, value] of Object.entries(bucket ?? {})) {
      if (Number.isInteger(value) && value >= 1 && value <= MAX) continue;
      const reason = `${value} is no number of requests; use a whole number from 1 to ${MAX}`;
      throw new pulumi.InputPropertyError({ propertyPath: `rateLimits.${name}.${key}`, reason });
    }
  }
  const perAddress = args.perAddress ?? { burst: 600, perSecond: 200 };
  const perUser = args.perUser ?? { burst: 500, perSecond: 250 };
  const login = args.login ?? { burst: 30, perSecond: 5 };
  return { perAddress, perUser, login, loginTogether: times(login), together: times(perAddress) };
}

function times({ burst, perSecond }: Bucket): Bucket {
  return { burst: burst * TOGETHER_FACTOR, perSecond: perSecond * TOGETHER_FACTOR };
}
