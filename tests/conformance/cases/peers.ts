import { spiffeId } from "../../../lib";
import type { Case } from "../case";
import { foreignIssuer, issue, type Leaf, leafAsIssuer, type Pair, stolenIssuer } from "../certificates";
import type { Context } from "../context";
import type { Position } from "../driver";
import type { Answer, Order, TlsOrder } from "../probe";
import { OWN, outcome, request, toPort } from "../raw";

/** A listener that wants a client certificate of exactly one workload. */
interface Listener {
  flow: { from: string; to: string; port: string };
  /** Who is attacked from: the caller's own place in the network. */
  position: Exclude<Position, "internet">;
}

const LISTENERS: Listener[] = [
  { flow: { from: "edge", to: "guard", port: "mtls" }, position: { workload: "edge" } },
  {
    flow: { from: "openclaw", to: "egress", port: "model-demo" },
    position: { workload: "openclaw", container: "model-client" },
  },
];

const REFUSED = "no handshake";

type Certify = (context: Context, caller: string) => Promise<Pair>;

const stolen =
  (leaf: (caller: string) => Leaf): Certify =>
  async ({ deployment }, caller) =>
    issue(await stolenIssuer(deployment.secrets), leaf(caller));

const CERTIFICATES: [name: string, what: string, certify: Certify][] = [
  [
    "foreign-ca",
    "a certificate with the right identity of a CA of one's own that has the right name",
    async ({ deployment }, caller) => issue(await foreignIssuer(deployment.secrets), { uris: [caller] }),
  ],
  ["wrong-identity", "a certificate of the right CA for another workload", stolen(() => ({ uris: [ANOTHER] }))],
  [
    "longer-identity",
    "an identity that goes on after the right one",
    stolen((caller) => ({ uris: [`${caller}/more`] })),
  ],
  ["upper-case-identity", "the right identity in capitals", stolen((caller) => ({ uris: [caller.toUpperCase()] }))],
  ["dns-identity", "the right workload's name as a DNS name", stolen((caller) => ({ dnsNames: [nameOf(caller)] }))],
  ["no-identity", "a certificate without a name", stolen(() => ({}))],
  ["expired", "the right identity, expired", stolen((caller) => ({ uris: [caller], valid: [-3, -2] }))],
  ["not-yet-valid", "the right identity, of tomorrow", stolen((caller) => ({ uris: [caller], valid: [24, 25] }))],
  ["wrong-usage", "the right identity for servers only", stolen((caller) => ({ uris: [caller], usage: "server" }))],
  [
    "ca-as-leaf",
    "the CA's own certificate",
    async ({ deployment: { secrets } }) => ({ cert: secrets.intermediate, key: secrets.intermediateKey }),
  ],
  [
    "leaf-as-ca",
    "the right identity, issued by a workload",
    async ({ deployment }, caller) => {
      const { issuer, above } = await leafAsIssuer(await stolenIssuer(deployment.secrets), { uris: [ANOTHER] });
      return issue(issuer, { uris: [caller] }, above);
    },
  ],
];

const ANOTHER = "spiffe://openclaw.internal/public/rogue";
const nameOf = (identity: string) => identity.slice(identity.lastIndexOf("/") + 1);

function call({ flow, position }: Listener, context: Context, tls: TlsOrder | undefined): Promise<Answer> {
  const order: Omit<Order, "dial"> = { tls, send: [{ data: request("GET /new", ["Host: localhost"]) }] };
  return toPort(context, position, flow, order);
}

function casesFor(listener: Listener): Case[] {
  const { from, to } = listener.flow;
  const peer = (name: string, what: string, expected: string, attack: (context: Context) => Promise<string>): Case => ({
    id: `peer.${to}.${name}`,
    serves: [50, 56],
    what: `calls ${to} from ${from}'s place with ${what}`,
    expected,
    attack,
  });
  const secured = { serverName: to, ca: OWN.ca };
  return [
    peer(
      "own",
      `${from}'s own certificate, to know that the others are refused for their certificates`,
      ANSWERED[to] as string,
      async (context) => outcome(await call(listener, context, { ...OWN, serverName: to })),
    ),
    peer("none", "no certificate", REFUSED, async (context) => outcome(await call(listener, context, secured))),
    peer("plaintext", "no TLS at all", "hung up", async (context) => outcome(await call(listener, context, undefined))),
    peer("tls12", `${from}'s own certificate over TLS 1.2`, REFUSED, async (context) =>
      outcome(await call(listener, context, { ...OWN, serverName: to, maxVersion: "1.2" })),
    ),
    peer("resumption", `${from}'s own certificate, and tries to resume the session`, "not resumed", async (context) => {
      const { handshake, resumed } = await call(listener, context, { ...OWN, serverName: to, resume: true });
      if (handshake !== "ok") throw new Error(`${handshake}`);
      return resumed ? "resumed" : "not resumed";
    }),
    peer(
      "stolen-ca",
      "the right identity, issued with the CA's stolen key, to know that the others are not refused for how they are made",
      ANSWERED[to] as string,
      async (context) => {
        const identity = spiffeId(context.deployment.perimeter, from);
        const pair = await issue(await stolenIssuer(context.deployment.secrets), { uris: [identity] });
        return outcome(await call(listener, context, { ...secured, ...pair }));
      },
    ),
    ...CERTIFICATES.map(([name, what, certify]) =>
      peer(name, what, REFUSED, async (context) => {
        const identity = spiffeId(context.deployment.perimeter, from);
        return outcome(await call(listener, context, { ...secured, ...(await certify(context, identity)) }));
      }),
    ),
  ];
}

/** What a caller with the right certificate gets for a request without a token, or for another path. */
const ANSWERED: Record<string, string> = { guard: "401", egress: "403" };

export const peerCases: Case[] = LISTENERS.flatMap(casesFor);
