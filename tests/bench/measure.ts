/** What is asked of a generator, everywhere the same. */
import type { Generator, Measured, Order, Target } from "./generator";

const WARM_MS = 300;
/** OpenClaw's own answer that it lives: small, and the same for everybody. */
const PATH = "/healthz";

/** One after the other on one kept connection. */
export const REQUESTS = { forMs: 2000 };
export const PINGS = { path: "/", webSocket: true, forMs: 1000 };
export const LOAD = { workers: 32, forMs: 2500 };

/** Who asks for what, and where it stands. */
export interface Caller {
  generator: Generator;
  target: Target;
}

/**
 * Has a generator measure.
 * @param failures what did not work is added here, in one sentence
 * @throws Error when nothing could be measured
 */
export async function take(
  what: string,
  { generator, target }: Caller,
  order: Partial<Order>,
  failures: string[],
): Promise<Measured> {
  const whole = { path: PATH, expect: 200, workers: 1, warmMs: WARM_MS, ...order };
  const measured = await generator.carryOut({ ...target, ...whole });
  if (measured.error) throw new Error(`${what}: ${measured.error}`);
  if (measured.failed > 0)
    failures.push(`${what}: ${measured.failed} of ${measured.done + measured.failed} failed: ${measured.failure}`);
  if (measured.done === 0) throw new Error(`${what}: nothing was answered: ${measured.failure}`);
  return measured;
}
