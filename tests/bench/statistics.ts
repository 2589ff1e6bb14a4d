/** The middle of some numbers, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("there is no median of nothing");
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[half] as number)
    : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

/** The value that so many per cent of all are not above. */
export function percentile(values: readonly number[], percent: number): number {
  if (values.length === 0) throw new RangeError("there is no percentile of nothing");
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] as number;
}

export interface Ratio {
  median: number;
  least: number;
  most: number;
}

/** How one thing compares with another: round by round, so that what disturbs a round disturbs both, and then the median. */
export function ratio(values: readonly number[], others: readonly number[]): Ratio {
  if (values.length !== others.length) throw new RangeError("each round has one value of both");
  const each = values.map((value, i) => value / (others[i] as number));
  return { median: median(each), least: Math.min(...each), most: Math.max(...each) };
}

/** The order of a round: each thing comes first in its turn. */
export function rotated<T>(things: readonly T[], round: number): T[] {
  const first = round % things.length;
  return [...things.slice(first), ...things.slice(0, first)];
}
