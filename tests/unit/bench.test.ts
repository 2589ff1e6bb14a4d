import { withFigures } from "../bench/document";
import { mebibytes } from "../bench/memory";
import { byHand, SIGNATURE } from "../bench/platforms/by-hand";
import { type PathRounds, pathTable } from "../bench/platforms/path-table";
import { enforcementTable, upsTable } from "../bench/platforms/tables";
import { envoyAlone, oauth2ProxyAlone } from "../bench/references";
import { type Latency, type Rounds, tables, VARIANTS } from "../bench/report";
import { median, ratio, rotated } from "../bench/statistics";
import { asMarkdown, asText } from "../bench/table";

describe("statistics", () => {
  test.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[10, 1, 2, 9], 5.5],
  ])("the median of %j is %d", (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  test("there is no median of nothing", () => {
    expect(() => median([])).toThrow("there is no median of nothing");
  });

  test("a ratio is taken round by round, so that a slow round of both changes nothing", () => {
    expect(ratio([2, 20, 4], [1, 10, 1])).toEqual({ median: 2, least: 2, most: 4 });
  });

  test("a ratio of rounds that do not belong together is refused", () => {
    expect(() => ratio([1, 2], [1])).toThrow("each round has one value of both");
  });

  test("everything is first in its turn, and nothing is left out", () => {
    const rounds = [0, 1, 2, 3].map((round) => rotated(["a", "b", "c"], round));
    expect(rounds.map((round) => round.join(""))).toEqual(["abc", "bca", "cab", "abc"]);
  });
});

test.each([
  ["0B", 0],
  ["512KiB", 0.5],
  ["1.348MiB", 1.348],
  ["1.5GiB", 1536],
])("the engine's %s is %d MiB", (text, expected) => {
  expect(mebibytes(text)).toBe(expected);
});

test("what is no amount of memory is refused", () => {
  expect(() => mebibytes("--")).toThrow('"--" is no amount of memory');
});

describe("the tables", () => {
  const latencies = (...p50: number[]): Latency[] => p50.map((one) => ({ p50: one, p99: one * 10 }));
  const each = { direct: latencies(100, 200), "oauth2-proxy": latencies(300, 400), "full path": latencies(500, 800) };
  const rounds: Rounds = {
    request: each,
    webSocket: each,
    throughput: { direct: [100, 100], "oauth2-proxy": [10, 20], "full path": [30, 40] },
    connections: { "Envoy alone": [200, 400], guard: [100, 100] },
  };
  const part = (mib: number) => ({ "edge/edge": mib, "edge/network": 1 });
  const memory = { atRest: part(10), afterLoad: part(20), withSockets: part(30), afterSockets: part(20) };
  const [path, connections, used] = tables(rounds, memory, { open: 1024, seconds: 9.6 });

  test("compare the path with oauth2-proxy and with none, in milliseconds and in ratios", () => {
    expect(path?.rows[0]).toEqual(["", ...VARIANTS, "full path / direct", "full path / oauth2-proxy"]);
    expect(path?.rows[1]).toEqual([
      "HTTP request, p50, ms",
      "0.15",
      "0.35",
      "0.65",
      "4.50× (4.00×–5.00×)",
      "1.83× (1.67×–2.00×)",
    ]);
  });

  test("say what each adds to the latency, and how these compare", () => {
    expect(path?.rows[2]).toEqual(["… added over direct", "", "0.20", "0.50", "", "2.50×"]);
  });

  test("compare throughput and new connections", () => {
    expect(path?.rows.at(-1)?.slice(1)).toEqual(["100", "15", "35", "0.35× (0.30×–0.40×)", "2.50× (2.00×–3.00×)"]);
    expect(connections?.rows[1]).toEqual(["300", "100", "0.38× (0.25×–0.50×)"]);
  });

  test("count every part's memory, and per WebSocket; what only holds networks counts in the sum", () => {
    expect(used?.title).toBe("Memory in MiB; 1024 WebSockets were opened in 10 s");
    expect(used?.rows.slice(1)).toEqual([
      ["edge", "10", "20", "30", "20", "10"],
      ["all, and what holds their networks", "11", "21", "31", "21", ""],
    ]);
  });

  test("show no quotient of what adds nothing", () => {
    const same = { direct: latencies(1), "oauth2-proxy": latencies(1), "full path": latencies(2) };
    const [one] = tables({ ...rounds, request: same }, memory, { open: 0, seconds: 0 });
    expect(one?.rows[2]?.at(-1)).toBe("-");
  });
});

describe("the tables of both platforms", () => {
  const latencies = (...p50: number[]): Latency[] => p50.map((one) => ({ p50: one, p99: one * 10 }));
  const each = {
    Docker: { direct: latencies(100, 200), "full path": latencies(300, 500) },
    Kubernetes: { direct: latencies(100, 100), "full path": latencies(600, 700) },
  };
  const rounds: PathRounds = {
    request: each,
    webSocket: each,
    throughput: {
      Docker: { direct: [400, 400], "full path": [100, 200] },
      Kubernetes: { direct: [300, 300], "full path": [50, 100] },
    },
  };
  const rows = pathTable(rounds).rows;

  test("compare the full path with none on each, and with the other's", () => {
    expect(rows[0]?.slice(1, 5)).toEqual([
      "Docker, direct",
      "Docker, full path",
      "Kubernetes, direct",
      "Kubernetes, full path",
    ]);
    expect(rows[1]).toEqual([
      "HTTP request, p50, ms",
      ...["0.15", "0.40", "0.10", "0.65"],
      "2.75× (2.50×–3.00×)",
      "6.50× (6.00×–7.00×)",
      "1.70× (1.40×–2.00×)",
    ]);
    expect(rows.at(-1)?.slice(1)).toEqual([
      ...["400", "150", "300", "75"],
      "0.38× (0.25×–0.50×)",
      "0.25× (0.17×–0.33×)",
      "0.50× (0.50×–0.50×)",
    ]);
  });

  test("say what the path adds in the same round", () => {
    expect(rows[2]).toEqual(["… added by the path", "", "0.25", "", "0.55", "", "", "2.20×"]);
  });

  test("show how soon policies are in force, and the slowest time", () => {
    const { title, rows } = enforcementTable(new Map([["deny", [40, 60, 500]]]), 12);
    expect(title).toMatch(/: 3 rounds, 12 policies in the cluster$/);
    expect(rows).toEqual([
      ["", "median", "most"],
      ["deny", "60", "500"],
    ]);
  });

  test("compare a first and a second up round by round", () => {
    const { rows } = upsTable(86, { first: [30, 40], second: [4, 6] }, { first: [20, 20], second: [4, 4] });
    expect(rows.slice(1)).toEqual([
      ["from nothing", "35.0", "20.0", "1.75× (1.50×–2.00×)"],
      ["with nothing to change", "5.0", "4.0", "1.25× (1.00×–1.50×)"],
    ]);
  });
});

describe("what is written by hand", () => {
  const resource = (type: string, name: string, inputs: object, outputs: object = {}) => ({
    urn: `urn:pulumi:staging::project::${type}::${name}`,
    type,
    inputs: inputs as Record<string, unknown>,
    outputs: outputs as Record<string, unknown>,
  });
  const sealed = (value: unknown) => ({ [SIGNATURE]: "secret", plaintext: JSON.stringify(value) });
  const at = (name: string) => ({ name, namespace: "zone" });
  const volumes = [
    { name: "files", projected: { sources: [{ secret: { name: "edge-files" } }, { secret: { name: "edge-tls" } }] } },
  ];
  const written = byHand([
    resource("zero-trust-openclaw:index:Edge", "edge", {}),
    resource("kubernetes:apps/v1:Deployment", "edge", {
      kind: "Deployment",
      metadata: at("edge"),
      spec: sealed({ template: { spec: { serviceAccountName: "edge", volumes } } }),
    }),
    resource(
      "kubernetes:core/v1:Service",
      "edge",
      { kind: "Service", metadata: at("edge"), spec: { type: "ClusterIP" } },
      { spec: { clusterIP: "10.96.0.7" } },
    ),
    resource("kubernetes:cert-manager.io/v1:Certificate", "edge-tls", {
      kind: "Certificate",
      metadata: at("edge-certificate"),
      spec: { secretName: "edge-tls", issuerRef: { kind: "ClusterIssuer", name: "internal" } },
    }),
    resource("kubernetes:cert-manager.io/v1:ClusterIssuer", "issuer", {
      kind: "ClusterIssuer",
      metadata: { name: "internal" },
      spec: { ca: { secretName: "internal" } },
    }),
    resource("kubernetes:core/v1:Secret", "issuer", {
      kind: "Secret",
      metadata: { name: "internal", namespace: "cert-manager" },
      stringData: sealed({ "tls.key": "hush" }),
    }),
    resource("kubernetes:core/v1:Secret", "files", { kind: "Secret", metadata: at("edge-files") }),
    resource("kubernetes:core/v1:ServiceAccount", "edge", { kind: "ServiceAccount", metadata: at("edge") }),
    resource("kubernetes:core/v1:Namespace", "zone", { kind: "Namespace", metadata: { name: "zone" } }),
    resource("tls:index/privateKey:PrivateKey", "key", { algorithm: "ECDSA" }),
  ]);
  const called = ({ type, name }: { type: string; name: string }) => `${type.split(":").at(-1)} ${name}`;
  const predecessors = (name: string) =>
    written
      .find((one) => called(one) === name)
      ?.after.map((place) => called(written[place] as (typeof written)[number]))
      .sort();

  test("is every object but the components", () => {
    expect(written.map(called).sort()).toEqual([
      "Certificate edge-tls",
      "ClusterIssuer issuer",
      "Deployment edge",
      "Namespace zone",
      "PrivateKey key",
      "Secret files",
      "Secret issuer",
      "Service edge",
      "ServiceAccount edge",
    ]);
  });

  test("comes after what it names, and after nothing else", () => {
    expect(predecessors("Deployment edge")).toEqual([
      "Certificate edge-tls",
      "Namespace zone",
      "Secret files",
      "ServiceAccount edge",
    ]);
    expect(predecessors("Certificate edge-tls")).toEqual(["ClusterIssuer issuer", "Namespace zone"]);
    expect(predecessors("ClusterIssuer issuer")).toEqual(["Secret issuer"]);
    expect(predecessors("Service edge")).toEqual(["Namespace zone"]);
    expect(predecessors("PrivateKey key")).toEqual([]);
  });

  test("is in an order in which it can be made", () => {
    expect(written.every(({ after }, i) => after.every((place) => place < i))).toBe(true);
  });

  test("has the address that configurations name, and its secrets still marked as such", () => {
    expect(written.find((one) => called(one) === "Service edge")?.inputs.spec).toEqual({
      type: "ClusterIP",
      clusterIP: "10.96.0.7",
    });
    expect(written.find((one) => called(one) === "Secret issuer")?.inputs.stringData).toHaveProperty(SIGNATURE);
  });
});

describe("a table", () => {
  const table = {
    title: "Speed",
    rows: [
      ["what", "fast"],
      ["edge", "1"],
    ],
  };

  test("is text in columns", () => {
    expect(asText(table)).toEqual(["", "Speed", "  WHAT  FAST", "  edge  1"]);
  });

  test("is Markdown with numbers to the right", () => {
    expect(asMarkdown(table)).toEqual(["", "**Speed**", "", "| what | fast |", "| --- | ---: |", "| edge | 1 |"]);
  });
});

describe("the document", () => {
  const begin = "<!-- figures: begin, written by make bench WRITE=1 -->";
  const end = "<!-- figures: end -->";

  test("keeps everything but what is between its markers", () => {
    const text = `before\n${begin}\nold\n${end}\nafter\n`;
    expect(withFigures(text, ["new"])).toBe(`before\n${begin}\nnew\n\n${end}\nafter\n`);
  });

  test("keeps another command's figures", () => {
    const text = `${begin}\nold\n${end}\n${begin.replace("WRITE", "STACK=staging WRITE")}\nother\n${end}\n`;
    const both = withFigures(withFigures(text, ["one"]), ["two"], "make bench STACK=staging WRITE=1");
    expect(both).toMatch(/one\n\n<!-- figures: end -->\n<!--[^>]*-->\ntwo\n\n<!-- figures: end -->\n$/);
  });

  test.each(["no markers", `${end}\n${begin}`])("is refused without them in order: %j", (text) => {
    expect(() => withFigures(text, [])).toThrow(/the document has no/);
  });
});

describe("what the path is compared with", () => {
  const login = {
    issuer: "https://idp.example.com",
    clientId: "openclaw",
    clientSecret: "hush",
    scopes: ["openid"],
    authorization: "https://idp.example.com/auth",
    token: "https://idp.example.com/token",
    keys: "https://idp.example.com/keys",
  };
  const tls = { name: "envoy.transport_sockets.tls", typed_config: { pinned: "as at the guard" } };

  test("the Envoy has the guard's TLS, logs nothing and asks nobody", () => {
    const provider = { name: "provider", type: "STATIC" };
    const config = JSON.parse(envoyAlone({ address: "10.0.0.2", tls, provider, login }));
    const [alone] = config.static_resources.listeners;
    expect(alone.filter_chains[0].transport_socket).toEqual(tls);
    expect(JSON.stringify(alone)).not.toContain("access_log");
    expect(alone.filter_chains[0].filters[0].typed_config.route_config.virtual_hosts[0].routes).toEqual([
      { name: "answer", match: { prefix: "/" }, direct_response: { status: 200 } },
    ]);
  });

  test("oauth2-proxy stands where the guard stands, keeps its defaults, and has no secret in its configuration", () => {
    const openclaw = { address: "10.0.0.3", port: 18789 };
    const config = oauth2ProxyAlone({ address: "10.0.0.2", openclaw, origin: "https://localhost:1", login });
    expect(config).toContain('upstreams = ["https://10.0.0.3:18789"]');
    expect(config).toContain('https_address = "10.0.0.2:8454"');
    expect(config).not.toMatch(/hush|session_store|request_logging/);
  });
});
