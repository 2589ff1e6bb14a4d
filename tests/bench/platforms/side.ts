/** One of the deployments that are compared: where its generators stand, and what they ask as. */
import type { Outputs } from "../../../testbed/after-up";
import type { Generator } from "../generator";
import type { Caller } from "../measure";
import { operatorOf, signedIn } from "../person";
import { type Ends, targets, type Way } from "../ways";

export interface Side extends Ends {
  outputs: Outputs;
  /** Where the guard is: OpenClaw believes nobody else. */
  inside: Generator;
  /** Where people come from. */
  outside: Generator;
}

/** Somebody signs in first, so that no session is refreshed while it is used. */
export async function callersOf(side: Side): Promise<Record<Way, Caller>> {
  const user = operatorOf(side.outputs);
  const { direct, "full path": full } = targets(side.outputs, user, await signedIn(side.outputs, user), side);
  return {
    direct: { generator: side.inside, target: direct },
    "full path": { generator: side.outside, target: full },
  };
}

export function endSide({ inside, outside }: Side): void {
  inside.end();
  outside.end();
}
