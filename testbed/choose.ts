/**
 * "Candidates in order, the first that is available wins, and the reasons are written down."
 *
 * Everything the test bed needs is found this way: on the machine, then as an official download, then built from package registries. This file only
 * decides; what a candidate does is passed in, so that the decision can be tested without a machine.
 */

/** Thrown by a candidate that cannot serve here. Its message is the reason shown to the user; an empty one is not worth a word. */
export class Unavailable extends Error {}

export interface Candidate<T> {
  /** Short noun phrase, e.g. `official download`. */
  readonly name: string;
  /** Gives up after this long, in milliseconds. @default no limit */
  readonly timeout?: number;
  /** Resolves with the value; throws {@link Unavailable} (or anything else) when it has none. Should stop when `signal` aborts. */
  readonly attempt: (signal: AbortSignal) => Promise<T>;
}

export interface Rejection {
  readonly candidate: string;
  readonly why: string;
}

export interface Choice<T> {
  readonly value: T;
  readonly candidate: string;
  /** Why the candidates before the chosen one were not taken, in order. */
  readonly rejected: readonly Rejection[];
}

/** No candidate could serve. The message lists every reason; `cause` is the last one. */
export class NothingAvailable extends Error {
  constructor(
    readonly what: string,
    readonly rejected: readonly Rejection[],
    cause?: unknown,
  ) {
    super(
      [`${what}: nothing works on this machine.`, ...rejected.map((r) => `  - ${r.candidate}: ${r.why}`)].join("\n"),
      {
        cause,
      },
    );
  }
}

/** Tries the candidates one after the other and returns the first that works. */
export async function choose<T>(what: string, candidates: readonly Candidate<T>[]): Promise<Choice<T>> {
  const rejected: Rejection[] = [];
  let cause: unknown;
  for (const candidate of candidates) {
    try {
      return { value: await bounded(candidate), candidate: candidate.name, rejected };
    } catch (error) {
      cause = error;
      const why = error instanceof Error ? error.message : String(error);
      if (why !== "") rejected.push({ candidate: candidate.name, why });
    }
  }
  throw new NothingAvailable(what, rejected, cause);
}

/** One line for the user: what was taken and why nothing before it was. */
export function explain(choice: Choice<unknown>): string {
  const reasons = choice.rejected.map((r) => `${r.candidate}: ${firstLine(r.why)}`);
  return reasons.length === 0 ? choice.candidate : `${choice.candidate} (${reasons.join("; ")})`;
}

async function bounded<T>(candidate: Candidate<T>): Promise<T> {
  const abort = new AbortController();
  const attempt = candidate.attempt(abort.signal);
  if (candidate.timeout === undefined) return attempt;
  const { timeout } = candidate;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new Unavailable(`no answer within ${timeout / 1000} s`);
      abort.abort(error);
      reject(error);
    }, timeout);
  });
  // The loser of the race may still reject later; nobody waits for it then.
  attempt.catch(() => {});
  try {
    return await Promise.race([attempt, limit]);
  } finally {
    clearTimeout(timer);
  }
}

const firstLine = (text: string): string => text.split("\n", 1)[0] ?? "";
