import { LOGIN_TOKEN } from "../../lib/envoy";
import type { Context } from "./context";
import type { Position } from "./driver";
import type { Answer, Order, TlsOrder } from "./probe";

/** Where a workload's Envoy finds what it proves itself with. */
export const OWN = { ca: "/files/roots.pem", cert: "/certificates/leaf/tls.crt", key: "/certificates/leaf/tls.key" };

/** A page of OpenClaw that wants to know who asks; most of its pages are the same for everybody. */
export const PROTECTED = "/control-ui-config.json";

/** Presents a token to the guard in the place where the edge hands over a person's. */
export const asPersonsToken = (token: string) => `${LOGIN_TOKEN.header}: ${token}`;

const STATUS = /HTTP\/1\.[01] (\d{3})/g;

/** An HTTP/1.1 request as text, byte for byte as given; a header without a value is a line by itself. */
export function request(first: string, headers: string[] = [], body = ""): string {
  return `${[`${first} HTTP/1.1`, ...headers].join("\r\n")}\r\n\r\n${body}`;
}

/** What came of an exchange that should have been HTTP, in a few words. */
export function outcome(answer: Answer): string {
  if (answer.error) throw new Error(answer.error);
  if (!answer.connected) return "no connection";
  const statuses = statusesIn(answer);
  if (statuses.length > 0) return statuses.join(" ");
  if (answer.handshake && answer.handshake !== "ok") return "no handshake";
  // In TLS 1.3 a client whose certificate is refused learns of it after it has sent its request.
  if (/remote error: tls/.test(answer.ended)) return "no handshake";
  return answer.ended === "time" ? "left waiting" : "hung up";
}

/** Statuses of all answers in what was received. */
export function statusesIn({ received }: Answer): string[] {
  return [...received.toString("latin1").matchAll(STATUS)].map(([, status]) => status as string);
}

/** The host and port people use. */
export function hostOf({ deployment: { origin } }: Context): string {
  return new URL(origin).host;
}

/** Sends bytes to the edge as a browser's TLS connection would. */
export function toEdge(
  context: Context,
  send: string | Buffer | Order["send"],
  { tls = {}, receive }: { tls?: TlsOrder; receive?: Order["receive"] } = {},
): Promise<Answer> {
  const { origin, roots } = context.deployment;
  const { hostname, port } = new URL(origin);
  return context.driver.exchange("internet", {
    dial: `${hostname}:${port || 443}`,
    tls: { serverName: hostname, ca: roots, alpn: ["http/1.1"], ...tls },
    send: typeof send === "string" || Buffer.isBuffer(send) ? [{ data: send }] : send,
    receive,
  });
}

/** Sends bytes to the port of a workload, from the position of another or as a stranger beside it. */
export async function toPort(
  context: Context,
  position: Exclude<Position, "internet">,
  { from, to, port }: { from: string; to: string; port: string },
  order: Omit<Order, "dial">,
): Promise<Answer> {
  const number = context.deployment.perimeter.workloads.find(({ name }) => name === to)?.ports[port];
  const address = await context.driver.addressBetween(from, to);
  return context.driver.exchange(position, { ...order, dial: `${address}:${number}` });
}

/** Sends a request to the guard from the edge's place with the edge's own certificate, as somebody who took over the edge. */
export function asEdge(
  context: Context,
  send: string | Order["send"],
  tls: TlsOrder = {},
  receive?: Order["receive"],
): Promise<Answer> {
  const flow = { from: "edge", to: "guard", port: "mtls" };
  return toPort(context, { workload: "edge" }, flow, {
    tls: { ...OWN, serverName: "guard", ...tls },
    send: typeof send === "string" ? [{ data: send }] : send,
    receive,
  });
}

/** Lines of a workload's log that hold a text, once they are there; Envoy writes them with a delay. */
export async function linesWith(context: Context, workload: string, text: string, wanted = 1): Promise<string[]> {
  const limit = Date.now() + 10_000;
  for (;;) {
    const found = (await context.driver.log(workload)).filter((line) => line.includes(text));
    if (found.length >= wanted || Date.now() > limit) return found;
    await new Promise((done) => setTimeout(done, 300));
  }
}

/** Long enough for every line of the past to be written. */
export function logsWritten(): Promise<void> {
  return new Promise((done) => setTimeout(done, 1500));
}
