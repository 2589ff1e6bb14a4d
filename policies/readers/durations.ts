const HOURS: Record<string, number> = { d: 24, h: 1, m: 1 / 60, s: 1 / 3600 };

/** Hours of a duration as Go writes it, such as `720h` or `1h30m0s`, in whole seconds as certificates have them. */
export function hours(duration: string): number {
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)([dhms])/g)];
  return parts.reduce((sum, [, text, unit]) => {
    const number = unit === "s" ? Math.trunc(Number(text)) : Number(text);
    return sum + number * (HOURS[unit as string] as number);
  }, 0);
}
