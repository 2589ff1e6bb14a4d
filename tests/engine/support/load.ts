import assert from "node:assert/strict";
import { ask, type Browser } from "../../../testbed/client/http";
import { OpenClawClient } from "../../../testbed/client/openclaw";
import { sleep } from "../../../testbed/sleep";

const PING_EVERY_MS = 250;
const SCOPES = ["operator.read", "operator.write"];

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

/** Puts the load of a person on the deployment while something is done to it, and a second more. */
export async function underLoad(browser: Browser, perSecond: number, action: () => Promise<unknown>): Promise<Outcome> {
  const socket = await OpenClawClient.connect(browser, SCOPES);
  const load = new Load(browser, socket, perSecond);
  try {
    await action();
    await sleep(1000);
  } finally {
    await load.stop();
    socket.close();
  }
  return load.stop();
}

/** Fails if anybody noticed. */
export function undisturbed(
  context: { diagnostic(text: string): void },
  { requests, pings, failed, dropped }: Outcome,
): void {
  context.diagnostic(`${requests} requests and ${pings} calls on the WebSocket, ${failed.length} failed`);
  assert.deepEqual(failed, []);
  assert.equal(dropped, false, "the WebSocket was dropped");
  assert.ok(requests > 0 && pings > 0);
}
