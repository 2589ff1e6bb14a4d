/** Numbers as tables show them. Pure. */
import { ratio } from "./statistics";

/** Median, least and most of the rounds' ratios. */
export function compared(values: number[], others: number[]): string {
  const { median: middle, least, most } = ratio(values, others);
  return `${factor(middle)} (${factor(least)}–${factor(most)})`;
}

/** Where the other is nothing or less than nothing, a quotient says nothing. */
export function quotient(value: number, other: number): string {
  return other > 0 ? factor(value / other) : "-";
}

const factor = (value: number) => `${value.toFixed(2)}×`;
export const whole = (value: number) => value.toFixed(0);
/** Of microseconds. */
export const milliseconds = (value: number) => (value / 1000).toFixed(2);
