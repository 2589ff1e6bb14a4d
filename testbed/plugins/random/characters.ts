/** Random text from chosen classes of characters. */
import { randomInt } from "node:crypto";

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

export interface TextRules {
  readonly length: number;
  readonly lower: boolean;
  readonly upper: boolean;
  readonly numeric: boolean;
  readonly special: boolean;
  readonly minLower: number;
  readonly minUpper: number;
  readonly minNumeric: number;
  readonly minSpecial: number;
  /** Stands in for the usual special characters. */
  readonly overrideSpecial?: string;
}

/**
 * Text that follows the rules: first the required number from each class, then from all classes together, shuffled.
 *
 * @param pick - a whole number from 0 up to, but not including, the given one; the default has no modulo bias
 * @throws when the rules contradict each other
 */
export function randomText(rules: TextRules, pick: (below: number) => number = randomInt): string {
  const special = rules.overrideSpecial || SPECIAL;
  const classes = [
    { allowed: rules.lower, minimum: rules.minLower, characters: LOWER },
    { allowed: rules.upper, minimum: rules.minUpper, characters: UPPER },
    { allowed: rules.numeric, minimum: rules.minNumeric, characters: DIGITS },
    { allowed: rules.special, minimum: rules.minSpecial, characters: special },
  ];
  const minimum = classes.reduce((sum, { minimum }) => sum + minimum, 0);
  if (rules.length < 1) throw new Error(`length is ${rules.length}; it must be at least 1`);
  if (rules.length < minimum) throw new Error(`length is ${rules.length}, but the minimums need ${minimum} characters`);
  const all = classes.flatMap(({ allowed, characters }) => (allowed ? [...characters] : []));
  if (all.length === 0)
    throw new Error("no characters are left to choose from: allow lower, upper, numeric or special");

  const choose = (characters: readonly string[], count: number) =>
    Array.from({ length: count }, () => characters[pick(characters.length)] as string);
  const required = classes.flatMap(({ characters, minimum }) => choose([...characters], minimum));
  return shuffle([...required, ...choose(all, rules.length - minimum)], pick).join("");
}

/** Without it the required characters would always stand first. */
function shuffle(items: readonly string[], pick: (below: number) => number): string[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = pick(last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other] as string, shuffled[last] as string];
  }
  return shuffled;
}
