import { flowProbes, INTERNET } from "../../../lib";
import type { Case } from "../case";
import type { Context } from "../context";
import type { Position } from "../driver";
import { hostOf, OWN, outcome, request, toPort } from "../raw";

/** Sockets that are in every container: the engine's resolver, and loopback, which no other workload reaches. */
const OF_ITS_OWN = /^(127\.|\[?::1\]?:)/;

const METADATA = ["169.254.169.254:80", "169.254.170.2:80", "100.100.100.200:80"];
/** A resolver anybody may ask, if there is a way to it. */
const PUBLIC_RESOLVER = "9.9.9.9:53";

/** A question for the address of example.com. */
const QUESTION = Buffer.from("a1b201000001000000000000076578616d706c6503636f6d0000010001", "hex");

function undeclared(from: string): Case {
  return {
    id: `flow.${from}`,
    serves: [39, 42, 43, 48],
    what: `tries every listener from ${from}`,
    expected: "as declared",
    attack: async ({ driver, deployment: { perimeter } }) => {
      const own = flowProbes(perimeter).filter((probe) => probe.from === from);
      const seen = await Promise.all(own.map(({ to, number }) => driver.tryFlow(from, to, number)));
      const wrong = own.filter(({ expected }, i) => expected !== seen[i]?.state);
      return wrong.length === 0
        ? "as declared"
        : wrong.map(({ to, port, expected }) => `${to}:${port} not ${expected}`).join(", ");
    },
  };
}

function sockets(name: string): Case {
  return {
    id: `sockets.${name}`,
    serves: [17, 46],
    what: `looks for listeners of ${name} that nobody declared, such as an admin interface`,
    expected: "none",
    attack: async ({ driver, deployment: { perimeter } }) => {
      const { addresses = [], error } = await driver.exchange({ workload: name }, { listening: true });
      if (error) throw new Error(error);
      const own = await driver.addressesOf(name);
      const ports = Object.values(perimeter.workloads.find((workload) => workload.name === name)?.ports ?? {});
      const declared = own.flatMap((address) => ports.map((port) => `${address}:${port}`));
      if (declared.length > 0 && !addresses.some((address) => declared.includes(address)))
        throw new Error("not even the declared ones are there");
      const others = addresses.filter((address) => !declared.includes(address) && !OF_ITS_OWN.test(address));
      return others.length === 0 ? "none" : others.join(" ");
    },
  };
}

function resolves(name: string): Case {
  return {
    id: `dns.${name}`,
    serves: [49],
    what: `asks for a name outside from ${name}, and sends a question to a public resolver`,
    expected: "no answer",
    attack: async ({ driver }) => {
      const position = { workload: name };
      const [looked, asked] = await Promise.all([
        driver.exchange(position, { resolve: "example.com", receive: { forMs: 4000 } }),
        driver.exchange(position, { datagram: PUBLIC_RESOLVER, send: [{ data: QUESTION }], receive: { forMs: 2000 } }),
      ]);
      if (looked.addresses && looked.addresses.length > 0) return `resolved to ${looked.addresses.join(" ")}`;
      return asked.received.length > 0 ? "answered by a public resolver" : "no answer";
    },
  };
}

function metadata(name: string): Case {
  return {
    id: `metadata.${name}`,
    serves: [46, 49],
    what: `calls the metadata services of clouds from ${name}`,
    expected: "no connection",
    attack: async ({ driver }) => {
      const order = { send: [{ data: request("GET /latest/meta-data/", ["Host: 169.254.169.254"]) }] };
      const seen = METADATA.map(async (dial) => outcome(await driver.exchange({ workload: name }, { dial, ...order })));
      return [...new Set(await Promise.all(seen))].join(", ");
    },
  };
}

/** The identity provider's TLS is passed through by the name it asks for, to two callers. */
function passThrough(name: string, what: string, serverName: string, expected: string, position?: Position): Case {
  return {
    id: `egress.${name}`,
    serves: [46, 49],
    what,
    expected,
    attack: async (context) => {
      const flow = { from: "edge", to: "egress", port: "identity" };
      const { handshake } = await toPort(context, (position ?? { workload: "edge" }) as { workload: string }, flow, {
        tls: { serverName },
      });
      return handshake === "ok" ? "let through" : "no handshake";
    },
  };
}

/** As OpenClaw's own client of models, with its certificate. */
function model(
  name: string,
  what: string,
  expected: string | RegExp,
  first: string,
  headers: string[] = ["Host: demo-model"],
): Case {
  const body = '{"model":"demo","messages":[{"role":"user","content":"hello"}]}';
  const all = [...headers, "content-type: application/json", `content-length: ${body.length}`];
  return {
    id: `egress.${name}`,
    serves: [46, 49, 63],
    what,
    expected,
    attack: async (context) => {
      const flow = { from: "openclaw", to: "egress", port: "model-demo" };
      return outcome(
        await toPort(context, { workload: "openclaw", container: "model-client" }, flow, {
          tls: { ...OWN, serverName: "egress" },
          send: [{ data: request(first, all, body) }],
        }),
      );
    },
  };
}

const CHAT = "/v1/chat/completions";

const egress: Case[] = [
  model("chat", "asks the model with OpenClaw's certificate, to know that the way is there", "200", `POST ${CHAT}`),
  model("other-path", "asks the model's provider for something else than a chat", "403", "POST /v1/files"),
  model("other-method", "asks with another method", "403", `GET ${CHAT}`),
  model(
    "dot-segments",
    "asks for something else by a path that only begins like a chat",
    "403",
    `POST ${CHAT}/../files`,
  ),
  model("escaped-slash", "asks for something else by an escaped slash", "400", `POST ${CHAT}/..%2ffiles`),
  model("metadata-host", "asks for the metadata service in the Host header", "403", "GET /latest/meta-data/", [
    "Host: 169.254.169.254",
  ]),
  model("private-absolute", "asks for a private address by an absolute URL", /^(400|403|404)$/, "GET http://10.0.0.1/"),
  model("connect", "asks for a tunnel to the metadata service", /^(400|403|404)$/, "CONNECT 169.254.169.254:80", []),
  passThrough(
    "identity",
    "asks for the identity provider's name from the edge, to know that the way is there",
    "identity-provider",
    "let through",
  ),
  passThrough("other-name", "asks the pass-through for another name", "api.openai.com", "no handshake"),
  passThrough(
    "metadata-name",
    "asks the pass-through for the metadata service",
    "metadata.google.internal",
    "no handshake",
  ),
  passThrough("no-name", "asks the pass-through for no name", "", "no handshake"),
  passThrough(
    "stranger",
    "asks the pass-through for the right name from another address in the same network",
    "identity-provider",
    "no handshake",
    { strangerBetween: ["edge", "egress"] },
  ),
];

function strangers(): Case[] {
  const stranger = (
    name: string,
    what: string,
    expected: string | RegExp,
    flow: { from: string; to: string; port: string },
    headers: (context: Context) => string[],
  ): Case => ({
    id: `stranger.${name}`,
    serves: [17, 47],
    what,
    expected,
    attack: async (context) =>
      outcome(
        await toPort(context, { strangerBetween: [flow.from, flow.to] }, flow, {
          tls: { serverName: flow.to },
          send: [{ data: request("GET /v1/models", [`Host: ${hostOf(context)}`, ...headers(context)]) }],
        }),
      ),
  });
  return [
    stranger(
      "beside-openclaw",
      "joins the network of guard and OpenClaw, and forges the guard's headers with the stolen secret one",
      /^40[13]$/,
      { from: "guard", to: "openclaw", port: "gateway" },
      (context) => [
        `${context.deployment.secrets.userHeader}: alice@example.com`,
        "x-openclaw-scopes: operator.admin",
        "X-Forwarded-For: 203.0.113.7",
        "X-Forwarded-Proto: https",
        `X-Forwarded-Host: ${hostOf(context)}`,
      ],
    ),
    stranger(
      "beside-guard",
      "joins the network of edge and guard, and calls the guard",
      "no handshake",
      { from: "edge", to: "guard", port: "mtls" },
      () => [],
    ),
    stranger(
      "beside-egress",
      "joins the network of OpenClaw and egress, and calls egress",
      "no handshake",
      { from: "openclaw", to: "egress", port: "model-demo" },
      () => [],
    ),
  ];
}

/** Attacks by way of the network, from every workload. Which flows they have is the deployment's own affair. */
export function networkCases(workloads: string[]): Case[] {
  return [
    ...[INTERNET, ...workloads].map(undeclared),
    ...workloads.map(sockets),
    ...workloads.map(resolves),
    ...workloads.map(metadata),
    ...egress,
    ...strangers(),
  ];
}
