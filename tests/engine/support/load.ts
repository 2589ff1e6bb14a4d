import { ask, type Browser } from "../../../testbed/client/http";
import type { OpenClawClient } from "../../../testbed/client/openclaw";
import { sleep } from "../../../testbed/sleep";

const PING_EVERY_MS = 250;

/** What went on while something was done to the deployment. */
export interface Outcome {
  requests: number;
  pings: number;
  /** What was answered otherwise than with success, or not at all. */
  failed: string[];
  dropped: boolean;
}

/** So many requests a second of somebody who is signed in, each by a new connection, and calls on one open WebSocket. */
export class Load {
  private readonly outcome: Outcome = { requests: 0, pings: 0, failed: [], dropped: false };
  private readonly open = new Set<Promise<void>>();
  private going = true;
  private readonly running: Promise<unknown>;

  constructor(
    private readonly browser: Browser,
    private readonly socket: OpenClawClient,
    perSecond: number,
  ) {
    socket.closed.then(() => {
      this.outcome.dropped = this.going;
    });
    this.running = Promise.all([
      this.repeat(1000 / perSecond, () => this.request()),
      this.repeat(PING_EVERY_MS, () => this.ping()),
    ]);
  }

  async stop(): Promise<Outcome> {
    this.going = false;
    await this.running;
    await Promise.all(this.open);
    return this.outcome;
  }

  /** By the clock: what is late must not become less. */
  private async repeat(everyMs: number, action: () => Promise<void>): Promise<void> {
    for (let next = Date.now(); this.going; next += everyMs) {
      await sleep(Math.max(0, next - Date.now()));
      const one: Promise<void> = action()
        .catch((error: Error) => void this.outcome.failed.push(error.message))
        .finally(() => this.open.delete(one));
      this.open.add(one);
    }
  }

  private async request(): Promise<void> {
    const { status } = await ask(this.browser, "/new");
    this.outcome.requests += 1;
    if (status !== 200) this.outcome.failed.push(`HTTP ${status}`);
  }

  private async ping(): Promise<void> {
    await this.socket.request("users.self", {});
    this.outcome.pings += 1;
  }
}
