/** When a certificate is due for renewal: decided whenever a preview or an update looks at it. */

const HOUR_MS = 3_600_000;

export interface Validity {
  /** RFC 3339. */
  readonly validityStartTime: string;
  readonly validityEndTime: string;
}

/** Valid from this very moment: the official plugin does not date back, so clocks must agree. */
export function validity(hours: number, now: number): Validity {
  return {
    validityStartTime: new Date(now).toISOString(),
    validityEndTime: new Date(now + hours * HOUR_MS).toISOString(),
  };
}

/** Whether it has expired, or will within the hours of early renewal. */
export function isDue(validityEndTime: string, earlyRenewalHours: number, now: number): boolean {
  return now >= Date.parse(validityEndTime) - earlyRenewalHours * HOUR_MS;
}
