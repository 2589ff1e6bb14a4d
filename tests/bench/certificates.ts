import type { JsonObject } from "../../lib/envoy";
import { renewerCommand } from "../../lib/pki/commands";
import { containersWith, type Found } from "../../testbed/containers";
import { sleep } from "../../testbed/sleep";
import { docker } from "../../verify/docker";
import { requestFor } from "../conformance/certificates";
import { DockerDriver } from "../conformance/docker";
import { OWN } from "../conformance/raw";
import { createContainer } from "./containers";
import type { Place } from "./place";
import { DIRECTORY, ENVOY_PORT, envoyAlone } from "./references";
import { median, percentile } from "./statistics";
import type { Table } from "./table";

const RENEWALS = 30;
const RESTARTS = 10;
const ISSUED = 200;
const AT_ONCE = 4;
const LONGEST_MS = 10_000;
/** Beside the other Envoy that stands alone. */
const STATIC_PORT = ENVOY_PORT + 10;

/** How fast certificates are issued, and how soon after its publication one is shown: by the guard, and by an Envoy that reads files once. */
export async function certificateTable(place: Place): Promise<Table> {
  const driver = await DockerDriver.create(place.instance);
  try {
    const renewer = await renewerOf(place.instance, "guard");
    const issued = await issueRate(driver, renewer);
    const hot = await times(RENEWALS, () => shownAfter(driver, renewer, place.guardEndpoint.port, async () => {}));
    const own = await staticEnvoy(place);
    const restarted = await times(RESTARTS, () =>
      shownAfter(driver, renewer, STATIC_PORT, async () => {
        await docker("restart", "--time", "1", own);
      }),
    );
    const row = (title: string, all: number[], unit: (value: number) => string) => [
      title,
      unit(median(all)),
      unit(percentile(all, 99)),
      `${all.length}`,
    ];
    const ms = (value: number) => `${value.toFixed(0)} ms`;
    return {
      title: `Certificates: ${issued.toFixed(0)} issued per second, ${AT_ONCE} at once, by connections that are kept`,
      rows: [
        ["from the publication to the first handshake with it", "p50", "p99", "renewals"],
        row("guard, by file-based SDS", hot, ms),
        row("an Envoy with static files, which must be restarted", restarted, ms),
        ["ratio", `${(median(hot) / median(restarted)).toFixed(3)}×`, "", ""],
      ],
    };
  } finally {
    await driver.close();
  }
}

async function renewerOf(instance: string, workload: string): Promise<Found> {
  const [found] = await containersWith(instance, "renews", workload);
  if (found === undefined) throw new Error(`nobody renews the certificate of ${workload}`);
  return found;
}

/** Certificates per second, by the leaf there is, each for the same new key: making keys is not the issuer's work. */
async function issueRate(driver: DockerDriver, { labels }: Found): Promise<number> {
  const body = JSON.stringify({ csr: await requestFor({ dnsNames: ["guard"] }) });
  const head = ["POST /1.0/rekey HTTP/1.1", "Host: ca", "Content-Type: application/json"];
  const data = `${[...head, `Content-Length: ${Buffer.byteLength(body)}`].join("\r\n")}\r\n\r\n${body}`;
  const dial = `${await driver.addressBetween("renewer", "ca")}:9000`;
  const tls = { ca: OWN.ca, serverName: "ca", cert: "/publish/tls.crt", key: "/publish/tls.key" };
  const position = { workload: "renewer", container: labels.container as string };
  const send = [{ data, repeat: ISSUED, afterAnswer: true }];
  const receive = { forMs: 60_000, maxBytes: ISSUED * 8192, quietMs: 500 };
  const order = { dial, tls, send, receive };
  const started = Date.now();
  const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => driver.exchange(position, order)));
  const seconds = (Date.now() - started - receive.quietMs) / 1000;
  const done = answers.reduce((sum, { received }) => sum + received.toString().split("HTTP/1.1 201").length - 1, 0);
  if (done < ISSUED * AT_ONCE) throw new Error(`${done} of ${ISSUED * AT_ONCE} certificates were issued`);
  return done / seconds;
}

/** Milliseconds from a renewal's publication until the new certificate is shown on a port of the guard's place. */
async function shownAfter(
  driver: DockerDriver,
  renewer: Found,
  port: number,
  then: () => Promise<void>,
): Promise<number> {
  const dial = `${await driver.addressBetween("edge", "guard")}:${port}`;
  // Whatever the answer is, the next may begin with its first byte.
  const send = [{ data: "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" }];
  const order = { dial, tls: { ...OWN, serverName: "guard" }, send, receive: { forMs: 2000, quietMs: 1 } };
  const shown = async () => (await driver.exchange({ workload: "edge" }, order)).serial;
  const before = await shown();
  let seen: number | undefined;
  const watching = (async () => {
    for (const end = Date.now() + LONGEST_MS; Date.now() < end; ) {
      const serial = await shown().catch(() => undefined);
      if (serial === undefined || serial === before) continue;
      seen = Date.now();
      return;
    }
  })();
  await docker("exec", renewer.id, ...renewerCommand("renew"));
  await then();
  await watching;
  if (seen === undefined) throw new Error("the new certificate was not shown in time");
  return seen - (await publishedAt(renewer));
}

/** By the renewer's own log, in milliseconds. */
async function publishedAt({ id }: Found): Promise<number> {
  const lines = (await docker("logs", "--tail", "20", id)).split("\n").reverse();
  const last = lines.map((line) => JSON.parse(line) as { event: string; time: string }).find(isRenewal);
  if (last === undefined) throw new Error("the renewer has not said that it renewed");
  return Date.parse(last.time);
}

const isRenewal = ({ event }: { event: string }) => event === "renewed";

/** The Envoy that stands alone, with the same leaf and roots by file names instead of SDS. */
async function staticEnvoy(place: Place): Promise<string> {
  const { guard, guardEndpoint, guardTls, providerCluster, login } = place;
  const tls = structuredClone(guardTls) as { typed_config: { common_tls_context: JsonObject } };
  const context = tls.typed_config.common_tls_context;
  const pair = { certificate_chain: { filename: OWN.cert }, private_key: { filename: OWN.key } };
  const { default_validation_context: checks } = context.combined_validation_context as JsonObject;
  delete context.tls_certificate_sds_secret_configs;
  delete context.combined_validation_context;
  context.tls_certificates = [pair];
  context.validation_context = { ...(checks as JsonObject), trusted_ca: { filename: OWN.ca } };
  const config = JSON.parse(
    envoyAlone({ address: guardEndpoint.address, tls: tls as unknown as JsonObject, provider: providerCluster, login }),
  );
  config.static_resources.listeners = [config.static_resources.listeners[0]];
  config.static_resources.listeners[0].address.socket_address.port_value = STATIC_PORT;
  const id = await createContainer(place, {
    as: guard,
    networks: { of: guard.holder },
    name: "envoy-static",
    image: guard.image,
    command: ["/usr/local/bin/envoy", "-c", `${DIRECTORY}/envoy.json`, "--concurrency", "2", "--disable-hot-restart"],
    files: { "envoy.json": JSON.stringify(config) },
  });
  await docker("start", id);
  await sleep(3000);
  return id;
}

async function times<T>(count: number, body: () => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (let i = 0; i < count; i++) all.push(await body());
  return all;
}
