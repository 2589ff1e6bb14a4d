/** Today by UTC, as `2027-01-31`. The only place where the pack reads the clock. */
export const today = (): string => new Date().toISOString().slice(0, 10);
