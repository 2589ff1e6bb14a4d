import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Outputs } from "../../testbed/after-up";
import { type Browser, openBrowser } from "../../testbed/client/http";
import { describe, signIn, type User } from "../../testbed/client/sign-in";
import type { Progress } from "../../testbed/progress";
import { sleep } from "../../testbed/sleep";
import { docker } from "../../verify/docker";
import { certificateTable } from "./certificates";
import { createContainer, removeContainers } from "./containers";
import { buildGenerator, GENERATOR_IMAGE, Generator, type Measured, type Order, type Target } from "./generator";
import { describeMachine } from "./machine";
import { memory } from "./memory";
import { signInAtOAuth2Proxy } from "./oauth2-proxy-session";
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

const ROUNDS = 6;
const WARM_MS = 300;
const REQUEST_MS = 2000;
const PING_MS = 1000;
const LOAD_MS = 2500;
const REQUESTS_AT_ONCE = 32;
const CONNECTIONS_AT_ONCE = 16;
/** OpenClaw's own answer that it lives: small, and the same for everybody. */
const PATH = "/healthz";
const SETTLE_MS = 5000;

export interface Finding {
  machine: string;
  tables: Table[];
  /** What did not work, one sentence each. */
  failures: string[];
}

/** Who asks for what, and where it stands. */
interface Caller {
  generator: Generator;
  target: Target;
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
    const user = outputs.users.find(({ role }) => role === "operator");
    if (user === undefined) throw new Error("the stack has no operator to sign in as");
    this.user = user;
  }

  async run(progress: Progress): Promise<Finding> {
    const machine = describeMachine(this.engineVersion);
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
    const { host, hostname, origin } = new URL(url);
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
    const browser = openBrowser(url, this.roots);
    const page = await signIn(browser, this.user);
    if (page.status !== 200) throw new Error(`signing in as ${this.user.email} ended with ${describe(page)}`);
    const leaf = { cert: "/certificates/leaf/tls.crt", key: "/certificates/leaf/tls.key" };
    const oauth2Proxy = { ...common, dial: `${address}:${OAUTH2_PROXY_PORT}`, serverName: "guard" };
    const session = await signInAtOAuth2Proxy(outside, oauth2Proxy, { url, roots: this.roots }, this.user);

    // What the guard tells OpenClaw. oauth2-proxy lets it pass, and adds whom it serves.
    const believed = {
      origin,
      "x-forwarded-proto": "https",
      "x-forwarded-host": host,
      "x-openclaw-scopes": "operator.read",
      [userHeader]: this.user.email,
    };
    const openclaw = `${openclawEndpoint.address}:${openclawEndpoint.port}`;
    const callers: Record<Variant, Caller> = {
      direct: {
        generator: inside,
        target: {
          ...common,
          dial: openclaw,
          serverName: "openclaw",
          headers: { ...believed, "x-forwarded-for": edgeEndpoint.address },
        },
      },
      "oauth2-proxy": {
        generator: outside,
        target: { ...oauth2Proxy, headers: { ...believed, cookie: session } },
      },
      "full path": {
        generator: outside,
        target: {
          ...common,
          dial: `${edgeEndpoint.address}:${edgeEndpoint.port}`,
          serverName: hostname,
          headers: { origin, cookie: cookies(browser) },
        },
      },
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
    const generator = new Generator(id);
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
      for (const one of variants)
        rounds.request[one].push(await this.take(`${one}, requests`, callers[one], { forMs: REQUEST_MS }));
      for (const one of variants)
        rounds.webSocket[one].push(
          await this.take(`${one}, WebSocket`, callers[one], { path: "/", webSocket: true, forMs: PING_MS }),
        );
      for (const one of variants) {
        const load = { workers: REQUESTS_AT_ONCE, forMs: LOAD_MS };
        const { done, seconds } = await this.take(`${one}, ${REQUESTS_AT_ONCE} requests at once`, callers[one], load);
        rounds.throughput[one].push(done / seconds);
      }
      for (const one of rotated(LISTENERS, round)) {
        const { caller, expect } = listeners[one];
        const load = { workers: CONNECTIONS_AT_ONCE, newConnections: true, expect, forMs: LOAD_MS };
        const { done, seconds } = await this.take(`${one}, new connections`, caller, load);
        rounds.connections[one].push(done / seconds);
      }
    }
    return rounds;
  }

  private async take(what: string, { generator, target }: Caller, order: Partial<Order>): Promise<Measured> {
    const whole = { path: PATH, expect: 200, workers: 1, warmMs: WARM_MS, ...order };
    const measured = await generator.carryOut({ ...target, ...whole });
    if (measured.error) throw new Error(`${what}: ${measured.error}`);
    if (measured.failed > 0)
      this.failures.push(
        `${what}: ${measured.failed} of ${measured.done + measured.failed} failed: ${measured.failure}`,
      );
    if (measured.done === 0) throw new Error(`${what}: nothing was answered: ${measured.failure}`);
    return measured;
  }
}

function cookies({ cookies, origin }: Browser): string {
  return cookies.getCookieStringSync(origin);
}
