/** Quantities such as "500m" and "1Gi", in the one spelling that Kubernetes keeps. */

const decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"] as const;
const binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] as const;
const pattern = /^([+-]?)(\d*)\.?(\d*)(n|u|m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei|[eE][+-]?\d+)?$/;
/** Kubernetes rounds up to billionths. */
const NANO = 1_000_000_000n;

/** The canonical spelling, or nothing if this is no quantity. */
export function canonicalQuantity(written: string | number): string | undefined {
  const parts = pattern.exec(String(written));
  const [, sign = "", whole = "", fraction = "", suffix = ""] = parts ?? [];
  if (!parts || whole + fraction === "") return undefined;
  const digits = BigInt(whole + fraction);
  const isBinary = suffix.endsWith("i");
  const power = isBinary ? 0 : exponentOf(suffix);
  // As a number of billionths: digits * 10^(power + 9 - digits of the fraction), times the binary factor.
  const factor = isBinary ? 1024n ** BigInt(binary.indexOf(suffix as (typeof binary)[number])) : 1n;
  const shift = power + 9 - fraction.length;
  const nano = shift >= 0 ? digits * factor * 10n ** BigInt(shift) : ceilDivide(digits * factor, 10n ** BigInt(-shift));
  if (nano === 0n) return "0";
  const minus = sign === "-" ? "-" : "";
  if (isBinary && nano % NANO === 0n && nano / NANO >= 1024n) return minus + inBinary(nano / NANO);
  return minus + inDecimal(nano, /^[eE]./.test(suffix));
}

function exponentOf(suffix: string): number {
  if (/^[eE]./.test(suffix)) return Number(suffix.slice(1));
  return (decimal.indexOf(suffix as (typeof decimal)[number]) - 3) * 3;
}

function inBinary(value: bigint): string {
  let [rest, step] = [value, 0];
  while (rest % 1024n === 0n && step < binary.length - 1) [rest, step] = [rest / 1024n, step + 1];
  return `${rest}${binary[step]}`;
}

function inDecimal(nano: bigint, withExponent: boolean): string {
  let [rest, step] = [nano, 0];
  while (rest % 1000n === 0n && step < decimal.length - 1) [rest, step] = [rest / 1000n, step + 1];
  const exponent = (step - 3) * 3;
  return `${rest}${withExponent ? (exponent === 0 ? "" : `e${exponent}`) : decimal[step]}`;
}

const ceilDivide = (value: bigint, by: bigint): bigint => (value + by - 1n) / by;
