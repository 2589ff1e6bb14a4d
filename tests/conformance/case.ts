import { columns } from "../../verify/table";
import { mapLimited } from "../../verify/verify";
import type { Context } from "./context";
import { logsWritten } from "./raw";

/** An attack, and what a perimeter that holds makes of it. */
export interface Case {
  /** Family and name, such as `token.expired`. */
  id: string;
  /** Numbers of the requirements it serves. */
  serves: number[];
  /** What the attacker does, as a sentence without a subject. */
  what: string;
  /** Does it, and says in a few words what came of it. */
  attack(context: Context): Promise<string>;
  /** Those words, if the perimeter holds. */
  expected: string | RegExp;
  /**
   * Nothing else may happen at the same time: it uses up something that others need.
   * @default false
   */
  alone?: boolean;
}

export interface Outcome {
  case: Case;
  seen: string;
  ok: boolean;
  /** What edge and guard wrote when something on the way did not answer, and the attack was made once more. */
  log?: string[];
}

/** Begins what is seen when an attack could not be made at all: that proves nothing, neither for nor against. */
const NOT_MADE = "not made: ";
const AT_ONCE = 6;
const LINES = 3;
const UNAVAILABLE = /\b503\b/;

/** Makes every attack. */
export async function runCases(cases: readonly Case[], context: Context): Promise<Outcome[]> {
  const together = await mapLimited(
    cases.filter(({ alone }) => !alone),
    AT_ONCE,
    (one) => runCase(one, context),
  );
  const alone = await mapLimited(
    cases.filter((one) => one.alone),
    1,
    (one) => runCase(one, context),
  );
  return [...together, ...alone].sort((a, b) => cases.indexOf(a.case) - cases.indexOf(b.case));
}

async function runCase(one: Case, context: Context): Promise<Outcome> {
  const first = await attempted(one, context);
  // Neither let through nor refused: that proves nothing. Whether the way bears load without a failure is tried by other tests.
  if (first.ok || !UNAVAILABLE.test(first.seen)) return first;
  const log = await lastFailures(context);
  return { ...(await attempted(one, context)), log };
}

async function attempted(one: Case, context: Context): Promise<Outcome> {
  const seen = await one.attack(context).catch((error: Error) => `${NOT_MADE}${error.message.split("\n")[0]}`);
  const ok = typeof one.expected === "string" ? seen === one.expected : one.expected.test(seen);
  return { case: one, seen, ok };
}

/** The last lines about failures on the way, from which the cause can be told when the deployment is gone. */
async function lastFailures({ driver }: Context): Promise<string[]> {
  await logsWritten();
  const logs = await Promise.all(["edge", "guard"].map((workload) => driver.log(workload).catch(() => [])));
  return logs.flatMap((lines) => lines.filter((line) => /"status":5\d\d/.test(line)).slice(-LINES));
}

/** True if the attack was made and went otherwise than it must. */
export function gotThrough({ seen, ok }: Outcome): boolean {
  return !ok && !seen.startsWith(NOT_MADE);
}

/** The outcomes as a table, with a mark where something is not as expected. */
export function table(outcomes: readonly Outcome[]): string[] {
  const rows = outcomes.map(({ case: { id, what, expected, serves }, seen, ok }) => [
    id,
    what,
    shown(expected),
    shorten(seen),
    `${serves.join(",")}${ok ? "" : "  <<<"}`,
  ]);
  const again = outcomes.flatMap(({ case: { id }, log = [] }) =>
    log.map((line) => `${id} was made once more: ${line}`),
  );
  return [...columns([["CASE", "ATTACK", "EXPECTED", "SEEN", "REQUIREMENT"], ...rows]), ...again];
}

/** One sentence for each case that is not as expected. */
export function failures(outcomes: readonly Outcome[]): string[] {
  return outcomes
    .filter(({ ok }) => !ok)
    .map(({ case: { id, expected }, seen, log = [] }) =>
      [`${id}: expected ${shown(expected)}, saw ${seen}`, ...log].join("\n  "),
    );
}

const shown = (expected: string | RegExp) => (typeof expected === "string" ? expected : `${expected}`);
const shorten = (text: string) => (text.length > 60 ? `${text.slice(0, 59)}…` : text);
