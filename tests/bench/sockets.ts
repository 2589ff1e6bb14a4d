import type { Browser } from "../../testbed/client/http";
import { newDevice, OpenClawClient } from "../../testbed/client/openclaw";
import { sleep } from "../../testbed/sleep";

export const SOCKETS = 1000;
/** OpenClaw lets each address have 32 sockets that have not said yet who they are. */
const AT_ONCE = 20;
/** They do nothing for so long, as people's do most of the time. */
const HOLD_MS = 5000;

/**
 * Not shown to the others as present: OpenClaw tells everybody about everybody whenever a page of the Control UI connects, and with a thousand
 * of them that is all it does. Otherwise the same.
 */
const SELF = { id: "openclaw-control-ui", mode: "probe" };

export interface Opened {
  open: number;
  seconds: number;
  /** What went wrong, one sentence each; empty if every socket was open from beginning to end. */
  failures: string[];
}

/** Opens so many sockets with one person's session, has `whileOpen` look at what that takes, asks each for a sign of life, and closes them. */
export async function openSockets(
  browser: Browser,
  say: (activity: string) => void,
  whileOpen: () => Promise<void>,
): Promise<Opened> {
  const clients: OpenClawClient[] = [];
  const failures: string[] = [];
  const device = newDevice();
  let asked = 0;
  let closed = 0;
  const started = Date.now();
  const openOneByOne = async () => {
    while (asked < SOCKETS && failures.length === 0) {
      asked += 1;
      const self = { device, client: SELF };
      const client = await OpenClawClient.connect(browser, ["operator.read"], {}, self).catch((error: Error) => {
        failures.push(`of ${SOCKETS} WebSockets the ${clients.length + 1}th was not opened: ${error.message}`);
      });
      if (!client) return;
      client.closed.then(() => {
        closed += 1;
      });
      clients.push(client);
      say(`${clients.length} of ${SOCKETS} WebSockets open`);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, openOneByOne));
    const seconds = (Date.now() - started) / 1000;
    await sleep(HOLD_MS);
    await whileOpen();
    const silent = (await Promise.allSettled(clients.map((one) => one.ping()))).filter(
      ({ status }) => status === "rejected",
    ).length;
    if (closed > 0) failures.push(`${closed} of ${clients.length} WebSockets were dropped`);
    else if (silent > 0) failures.push(`${silent} of ${clients.length} WebSockets gave no sign of life`);
    return { open: clients.length - closed, seconds, failures };
  } finally {
    for (const client of clients) client.close();
    await Promise.all(clients.map((one) => one.closed));
  }
}
