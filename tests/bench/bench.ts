import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Outputs } from "../../testbed/after-up";
import type { User } from "../../testbed/client/sign-in";
import type { Progress } from "../../testbed/progress";
import { sleep } from "../../testbed/sleep";
import { docker } from "../../verify/docker";
import { certificateTable } from "./certificates";
import { createContainer, removeContainers } from "./containers";
import { buildGenerator, GENERATOR_IMAGE, type Generator, inContainer, type Measured, type Order } from "./generator";
import { describeMachine } from "./machine";
import { type Caller, LOAD, PINGS, REQUESTS, take } from "./measure";
import { memory } from "./memory";
import { signInAtOAuth2Proxy } from "./oauth2-proxy-session";
import { operatorOf, signedIn } from "./person";
import { findPlace, type Place } from "./place";
import {
  CLIENT_SECRET_FILE,
  COOKIE_KEY_FILE,
  DIRECTORY,
  ENVOY_PORT,
  envoyAlone,
  OAUTH2_PROXY_PORT,
  oauth2ProxyAlone,
} from "./references";
import { LISTENERS, type ListenerName, type Rounds, tables, VARIANTS, type Variant } from "./report";
import { openSockets } from "./sockets";
import { rotated } from "./statistics";
import type { Table } from "./table";
import { believed, targets } from "./ways";

const ROUNDS = 6;
const CONNECTIONS_AT_ONCE = 16;
const SETTLE_MS = 5000;

export interface Finding {
  machine: string;
  tables: Table[];
  /** What did not work, one sentence each. */
  failures: string[];
}

/** One run: everything compared in it is measured in turns, so that what disturbs one disturbs the others. */
export class Bench {
  private readonly roots: string;
  private readonly user: User;
  private readonly failures: string[] = [];
  private readonly generators: Generator[] = [];

  constructor(
    private readonly instance: string,
    private readonly outputs: Outputs,
    private readonly oauth2ProxyImage: string,
    private readonly engineVersion: string,
  ) {
    this.roots = readFileSync(outputs.trustBundle, "utf8");
    this.user = operatorOf(outputs);
  }

  async run(progress: Progress): Promise<Finding> {
    const machine = describeMachine(`Docker ${this.engineVersion}`);
    await progress.step("Generator", async () => ({ value: await buildGenerator(), chose: "built here" }));
    await removeContainers(this.instance);
    try {
      const atRest = await this.settledMemory();
      const { callers, listeners, browser } = await progress.step("References", async () => ({
        value: await this.prepare(),
        chose: "an oauth2-proxy and an Envoy beside the guard, signed in at both",
      }));
      const rounds = await progress.step("Measure", async ({ say }) => ({
        value: await this.measure(callers, listeners, say),
        chose: `${ROUNDS} rounds`,
      }));
      for (const generator of this.generators) generator.end();
      const certificates = await progress.step("Certificates", async () => ({
        value: await certificateTable(await findPlace(this.instance)),
        chose: "issued, and shown",
      }));
      const afterLoad = await this.settledMemory();
      let withSockets = afterLoad;
      const opened = await progress.step("WebSockets", async ({ say }) => {
        const value = await openSockets(browser, say, async () => {
          withSockets = await memory(this.instance);
        });
        return { value, chose: `${value.open} open` };
      });
      this.failures.push(...opened.failures);
      const series = { atRest, afterLoad, withSockets, afterSockets: await this.settledMemory() };
      return { machine, tables: [...tables(rounds, series, opened), certificates], failures: this.failures };
    } finally {
      await removeContainers(this.instance);
    }
  }

  private async settledMemory() {
    await sleep(SETTLE_MS);
    return memory(this.instance);
  }

  private async prepare() {
    const place = await findPlace(this.instance);
    const { guard, edge, userHeader, openclawEndpoint, edgeEndpoint, guardEndpoint } = place;
    const { url } = this.outputs;
    const { host, origin } = new URL(url);
    const address = guardEndpoint.address;
    await this.startReferences(place, origin);

    // Where the guard is: OpenClaw believes nobody else.
    const inside = await this.generator(place, "inside", { networks: { of: guard.holder } });
    // Where browsers are, and with a way to the guard's listeners and the edge's certificate to show there.
    const outside = await this.generator(place, "outside", {
      networks: [place.entrance, place.edgeToGuard],
      as: edge,
    });

    const common = { host, roots: this.roots, headers: {} };
    const browser = await signedIn(this.outputs, this.user);
    const leaf = { cert: "/certificates/leaf/tls.crt", key: "/certificates/leaf/tls.key" };
    const oauth2Proxy = { ...common, dial: `${address}:${OAUTH2_PROXY_PORT}`, serverName: "guard" };
    const session = await signInAtOAuth2Proxy(outside, oauth2Proxy, { url, roots: this.roots }, this.user);

    // What the guard tells OpenClaw. oauth2-proxy lets it pass, and adds whom it serves.
    const headers = believed(this.user, url, userHeader);
    const ends = { openclaw: openclawEndpoint, edge: edgeEndpoint, userHeader };
    const { direct, "full path": full } = targets(this.outputs, this.user, browser, ends);
    const callers: Record<Variant, Caller> = {
      direct: { generator: inside, target: direct },
      "oauth2-proxy": {
        generator: outside,
        target: { ...oauth2Proxy, headers: { ...headers, cookie: session } },
      },
      "full path": { generator: outside, target: full },
    };
    const listeners: Record<ListenerName, { caller: Caller; expect: number }> = {
      "Envoy alone": {
        caller: {
          generator: outside,
          target: { ...common, ...leaf, dial: `${address}:${ENVOY_PORT}`, serverName: "guard" },
        },
        expect: 200,
      },
      // Nobody's request: the connection is what is measured, and the shortest answer over it is a refusal.
      guard: {
        caller: {
          generator: outside,
          target: { ...common, ...leaf, dial: `${address}:${guardEndpoint.port}`, serverName: "guard" },
        },
        expect: 401,
      },
    };
    return { callers, listeners, browser };
  }

  private async startReferences(place: Place, origin: string): Promise<void> {
    const { guard, guardEndpoint, guardTls, providerCluster, openclawEndpoint, login } = place;
    const { address } = guardEndpoint;
    const common = { as: guard, networks: { of: guard.holder } };
    const envoy = await createContainer(place, {
      ...common,
      name: "envoy-alone",
      image: guard.image,
      command: ["/usr/local/bin/envoy", "-c", `${DIRECTORY}/envoy.json`, "--concurrency", "2", "--disable-hot-restart"],
      files: { "envoy.json": envoyAlone({ address, tls: guardTls, provider: providerCluster, login }) },
    });
    const oauth2Proxy = await createContainer(place, {
      ...common,
      name: "oauth2-proxy",
      image: this.oauth2ProxyImage,
      command: ["/bin/oauth2-proxy", "--config", `${DIRECTORY}/oauth2-proxy.cfg`],
      files: {
        "oauth2-proxy.cfg": oauth2ProxyAlone({ address, openclaw: openclawEndpoint, origin, login }),
        [CLIENT_SECRET_FILE]: login.clientSecret,
        [COOKIE_KEY_FILE]: randomBytes(16).toString("hex"),
      },
    });
    await docker("start", envoy, oauth2Proxy);
    await sleep(SETTLE_MS);
  }

  private async generator(
    place: Place,
    name: string,
    where: Pick<Parameters<typeof createContainer>[1], "as" | "networks">,
  ): Promise<Generator> {
    const id = await createContainer(place, { name: `generator-${name}`, image: GENERATOR_IMAGE, ...where });
    const generator = inContainer(id);
    this.generators.push(generator);
    return generator;
  }

  private async measure(
    callers: Record<Variant, Caller>,
    listeners: Record<ListenerName, { caller: Caller; expect: number }>,
    say: (activity: string) => void,
  ): Promise<Rounds> {
    const none = <V>() => ({ direct: [] as V[], "oauth2-proxy": [] as V[], "full path": [] as V[] });
    const rounds: Rounds = {
      request: none(),
      webSocket: none(),
      throughput: none(),
      connections: { "Envoy alone": [], guard: [] },
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      say(`round ${round + 1} of ${ROUNDS}`);
      const variants = rotated(VARIANTS, round);
      for (const one of variants) rounds.request[one].push(await this.take(`${one}, requests`, callers[one], REQUESTS));
      for (const one of variants) rounds.webSocket[one].push(await this.take(`${one}, WebSocket`, callers[one], PINGS));
      for (const one of variants) {
        const { done, seconds } = await this.take(`${one}, ${LOAD.workers} requests at once`, callers[one], LOAD);
        rounds.throughput[one].push(done / seconds);
      }
      for (const one of rotated(LISTENERS, round)) {
        const { caller, expect } = listeners[one];
        const load = { workers: CONNECTIONS_AT_ONCE, newConnections: true, expect, forMs: LOAD.forMs };
        const { done, seconds } = await this.take(`${one}, new connections`, caller, load);
        rounds.connections[one].push(done / seconds);
      }
    }
    return rounds;
  }

  private take(what: string, caller: Caller, order: Partial<Order>): Promise<Measured> {
    return take(what, caller, order, this.failures);
  }
}
