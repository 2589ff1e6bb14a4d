/** The middle of some numbers, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("there is no median of nothing");
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[half] as number)
    : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
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
