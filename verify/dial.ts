import { connect } from "node:net";
import type { Seen } from "./driver";

/** How long an attempt to connect may take. */
export const TIMEOUT_MS = 2000;

/**
 * This machine stands for the internet: it can reach whatever a published port or a routed network lets in. Silence is asked again: this
 * process may have been too busy to hear the answer in time.
 */
export async function dialFromHere(target: string): Promise<Seen> {
  for (let tries = 1; ; tries++) {
    const seen = await dialOnce(target);
    if (seen !== SILENCE) return seen;
    if (tries === TRIES) return { state: "closed", why: `${target}: no answer` };
  }
}

const SILENCE = "silence";
const TRIES = 3;

function dialOnce(target: string): Promise<Seen | typeof SILENCE> {
  const [host, port] = target.split(":") as [string, string];
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: TIMEOUT_MS });
    const end = (seen: Seen | typeof SILENCE) => {
      socket.destroy();
      resolve(seen);
    };
    socket.on("connect", () => end({ state: "open" }));
    // An answer that has come while this process was busy is heard before the next turn.
    socket.on("timeout", () => setImmediate(() => end(SILENCE)));
    socket.on("error", (error) => end({ state: "closed", why: error.message }));
  });
}
