import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import { openClawPerimeter } from "../../lib/openclaw/perimeter";
import { flowProbes, INTERNET, type Perimeter, validate } from "../../lib/perimeter";
import {
  exportZones,
  type ImportZonesArgs,
  importZones,
  perimeterDifferences,
  withoutTypesetting,
  ZonesError,
} from "../../lib/zones";
import type { Seen, VerifyDriver } from "../../verify/driver";
import { networkTest } from "../../verify/network-test";
import { at, perimeters } from "../support/perimeters";

const root = join(__dirname, "../..");
const example = readFileSync(join(root, "examples/zones.yaml"), "utf8");
const page = readFileSync(join(root, "docs/zones.md"), "utf8");

/** The document that engineers copy from a page set for print: U+2011 where some hyphens were. */
const PRINTED = `zones:
  - name: api-gateway
    cidr: 10.10.1.0/24
    allow:
      - service: auth-service
      - service: data-ingest
  - name: model\u2011runtime
    cidr: 10.10.2.0/24
    allow:
      - service: inference\u2011engine
      - service: monitoring
  - name: admin\u2011tools
    cidr: 10.10.3.0/24
    allow:
      - service: ui\u2011dashboard
      - service: audit\u2011collector
`;
const SERVICES = [
  "auth-service",
  "data-ingest",
  "inference-engine",
  "monitoring",
  "ui-dashboard",
  "audit-collector",
] as const;
const completion = (names: readonly string[]): ImportZonesArgs => ({
  trustDomain: "openclaw.internal",
  services: Object.fromEntries(names.map((name) => [name, { ports: { https: 8443 } }])),
});

const problemsOf = (text: string, args?: ImportZonesArgs) => {
  try {
    importZones(text, args);
  } catch (error) {
    if (error instanceof ZonesError) return error.problems.map(({ place, message }) => `${place}: ${message}`);
    throw error;
  }
  return [];
};

/** A whole document with one zone, `shop`, and whatever else. */
const shop = (allow: string, more = "") =>
  `trustDomain: shop.internal\nzones:\n  - name: shop\n    allow:\n      - { service: till, ports: { https: 8443 } }\n${allow}${more}`;

/** As the perimeter comes back: its workloads in the order of their zones. */
const byZone = (perimeter: Perimeter): Perimeter => ({
  ...perimeter,
  workloads: perimeter.zones.flatMap(({ name }) => perimeter.workloads.filter(({ zone }) => zone === name)),
});

describe("the printed document", () => {
  it("is read once completed, its hyphens as they were, with a warning each", () => {
    const warnings: string[] = [];
    const perimeter = importZones(PRINTED, { ...completion(SERVICES), warn: (warning) => warnings.push(warning) });
    expect(perimeter.zones).toEqual([
      { name: "api-gateway", cidr: "10.10.1.0/24" },
      { name: "model-runtime", cidr: "10.10.2.0/24" },
      { name: "admin-tools", cidr: "10.10.3.0/24" },
    ]);
    expect(perimeter.workloads.map(({ name, zone }) => `${zone}/${name}`)).toEqual([
      "api-gateway/auth-service",
      "api-gateway/data-ingest",
      "model-runtime/inference-engine",
      "model-runtime/monitoring",
      "admin-tools/ui-dashboard",
      "admin-tools/audit-collector",
    ]);
    expect(perimeter.flows).toEqual([]);
    expect(warnings).toHaveLength(6);
    expect(warnings).toContain(
      'line 7, column 11: zone name "model\u2011runtime" contains U+2011 NON-BREAKING HYPHEN at position 6; use an ASCII hyphen: "model-runtime"; it is read so',
    );
    expect(warnings.at(-1)).toMatch(/^no flow is declared, so nothing may talk to anything/);
  });

  it("says all that it lacks at once", () => {
    const problems = problemsOf(PRINTED);
    expect(problems).toHaveLength(1 + SERVICES.length);
    expect(problems[0]).toMatch(/^line 1, column 1: no "trustDomain"/);
    for (const name of SERVICES) expect(problems.join("\n")).toContain(`no "ports" of "${name}"`);
  });

  it("is refused without its indentation, as it comes out of some pages", () => {
    const flat = PRINTED.replace(/^ +/gm, "");
    expect(problemsOf(flat).join("\n")).toMatch(
      /"cidr" is there already; keep one, or indent each below what it belongs to/,
    );
    const first = flat.split("\n").slice(0, 5).join("\n");
    expect(problemsOf(first)).toContain('line 3, column 7: "cidr" is part of a zone; indent it below the zone\'s name');
  });

  it("is that of the example, where model-runtime and admin-tools do not talk", () => {
    const perimeter = importZones(example);
    const printed = importZones(PRINTED, completion(SERVICES));
    expect(perimeter.zones).toEqual(printed.zones);
    expect(perimeter.workloads.map(({ name, zone }) => ({ name, zone }))).toEqual(
      printed.workloads.map(({ name, zone }) => ({ name, zone })),
    );
    const zoneOf = new Map(perimeter.workloads.map(({ name, zone }) => [name, zone]));
    const between = flowProbes(perimeter).filter(
      ({ from, to }) => [zoneOf.get(from), zoneOf.get(to)].sort().join() === "admin-tools,model-runtime",
    );
    expect(between).toHaveLength(8);
    expect(between.every(({ expected }) => expected === "closed")).toBe(true);
  });
});

test("the page's document and its errors are as they are", () => {
  const text = (/```yaml\n(.*?)```/s.exec(page) ?? [])[1] ?? "";
  const message = (/```text\n(.*?)\n```/s.exec(page) ?? [])[1] ?? "";
  expect(() => importZones(text)).toThrow(new Error(message));
  expect(importZones(text, completion(["auth-service", "data-ingest", "inference-engine"])).workloads).toHaveLength(3);
});

describe("what is given beside a document", () => {
  const args = completion(SERVICES);
  const flow = { from: "data-ingest", to: "inference-engine", port: "https", purpose: "Asks." } as const;

  it("stands behind what the document has", () => {
    const perimeter = importZones(PRINTED, { ...args, flows: [{ ...flow, authentication: "mtls" }] });
    expect(perimeter.flows).toEqual([{ ...flow, authentication: "mtls" }]);
  });

  it.each<[string, ImportZonesArgs, string]>([
    [
      "a service the document has not",
      { ...args, services: { ...args.services, "data-ingst": { ports: {} } } },
      'args.services["data-ingst"]: service "data-ingst" is not declared; did you mean "data-ingest"?',
    ],
    [
      "a flow to nobody",
      { ...args, flows: [{ ...flow, to: "inference", authentication: "mtls" }] },
      'args.flows[0].to: workload "inference" is not declared; use one of',
    ],
    [
      "a flow between zones in which nothing is proven",
      { ...args, flows: [{ ...flow, authentication: "none" }] },
      'args.flows[0].authentication: "none" is allowed inside one zone only',
    ],
    [
      "a bad port",
      { ...args, services: { ...args.services, monitoring: { ports: { https: 0 } } } },
      'args.services["monitoring"].ports["https"]: 0 is no TCP port',
    ],
  ])("is refused by its place: %s", (_, given, problem) => {
    expect(problemsOf(PRINTED, given).join("\n")).toContain(problem);
  });

  it("is refused where the document says it too", () => {
    expect(problemsOf(shop(""), { trustDomain: "other.internal", services: { till: { ports: {} } } })).toEqual([
      'line 1, column 14: "shop.internal" is the trust domain here, and "other.internal" is args.trustDomain; keep one',
      'line 5, column 33: "ports" is also given as args.services["till"].ports; keep one',
    ]);
  });
});

describe('a document that reads "allow" otherwise', () => {
  const vault = "  - name: vault\n    cidr: 10.1.0.0/24\n    allow:\n      - service: safe\n        ports: {}\n";

  it.each([
    [
      "lists a service in two zones",
      `${vault}      - service: till\n`,
      /lives in zone "shop" already.*from: till, to: <service of vault>.*from: <service of vault>, to: till/,
    ],
    [
      "lists a zone",
      `${vault}      - service: shop\n`,
      /"shop" is a zone.*from: <service of shop>, to: <service of vault>/,
    ],
    [
      "lists the internet",
      `${vault}      - service: internet\n`,
      /"internet" is the outside.*from: internet, to: <service of vault>/,
    ],
    [
      "says who comes in",
      `${vault}      - from: till\n`,
      /"from" says who may talk to whom.*: \{ from: till, to: <service of vault>, [^}]*\}$/,
    ],
    [
      "says where it goes out to",
      `${vault}      - to: till\n`,
      /"to" says who may talk to whom.*: \{ from: <service of vault>, to: till, [^}]*\}$/,
    ],
    [
      "gives a service a direction",
      `${vault}      - { service: key, ports: {}, direction: out }\n`,
      /"direction" says who may talk to whom/,
    ],
    [
      "has a list of its own for it",
      `${vault}    ingress: [till]\n`,
      /"ingress" says who may talk to whom, which services do, not zones/,
    ],
  ])("is refused, with what to write instead: %s", (_, allow, problem) => {
    const problems = problemsOf(shop(allow));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
  });

  it("may name a service as a zone, if it says so", () => {
    expect(importZones(shop(`${vault}      - { service: shop, ports: {} }\n`)).workloads).toHaveLength(3);
    expect(importZones(shop("      - { service: shop, ports: {} }\n")).workloads).toHaveLength(2);
  });
});

describe("a document is refused", () => {
  const flow = (line: string) =>
    shop(
      "      - { service: tap, ports: { https: 8443 } }\n",
      `flows:\n  - { from: tap, to: till, port: https, authentication: mtls, purpose: Pours. }\n  - ${line}\n`,
    );

  it.each([
    ["no YAML", "zones: [", /^line 1, column 9: no YAML: /],
    [
      "indented by what looks like spaces",
      "zones:\n\u00a0\u00a0- name: a\n\tb: c",
      /U\+00A0 NO-BREAK SPACE, indent with plain/,
    ],
    ["empty", "", /^line 1, column 1: no "zones"/],
    ["a list", "- shop", /no "zones"/],
    ["two", `${shop("")}---\nzones: []`, /^line 6, column 1: a second document starts/],
    ["a key twice", `${shop("")}zones: []\n`, /^line 6, column 1: "zones" is there already/],
    [
      "an alias",
      shop("      - &a { service: tap, ports: {} }\n      - *a\n"),
      /anchor "&a" is not allowed; remove it\nline 7, column 9: "\*a" stands/,
    ],
    [
      "a tag",
      shop("      - { service: !!str 1, ports: {} }\n"),
      /^line 6, column 26: tag "tag:yaml.org,2002:str" is not/,
    ],
    ["a key that is no text", `${shop("")}1: x\n`, /^line 6, column 1: key 1 is no text/],
    [
      "a name that is a number",
      shop("      - { service: 1e3, ports: {} }\n"),
      /service is 1e3; write it in quotes: "1e3"/,
    ],
    ["a name that is nothing", shop("      - { service: ~, ports: {} }\n"), /service is ~; write it in quotes/],
    ["a name that is missing", shop("      - { ports: {} }\n"), /without "service"/],
    ["an entry that is text", shop("      - tap\n"), /write "service: tap"/],
    ["an empty list", `${shop("")}flows:\n`, /"flows" is empty; write a list, \[\] for none/],
    ["an unknown word", `${shop("").replace("allow", "alow")}`, /a zone has no "alow"; did you mean "allow"\?/],
    [
      "a port that is text",
      shop('      - { service: tap, ports: { https: "8443" } }\n'),
      /port "https" is the text "8443"; write a number/,
    ],
    [
      "a port in another notation",
      shop("      - { service: tap, ports: { https: 0x20fb } }\n"),
      /port "https" is 0x20fb; write a number/,
    ],
    [
      "a port without a name",
      shop("      - { service: tap, ports: [8443] }\n"),
      /"ports" is a list; write each with its name/,
    ],
    [
      "a port that is none",
      shop("      - { service: tap, ports: { https: 70000 } }\n"),
      /^line 6, column 41: 70000 is no TCP port/,
    ],
    [
      "a letter that only looks like another",
      shop("      - { service: t\u0430p, ports: {} }\n"),
      /U\+0430 CYRILLIC SMALL LETTER A.*use ASCII characters: "tap"/,
    ],
    ["a service that is anybody", shop('      - { service: "*", ports: {} }\n'), /"\*" is a wildcard/],
    [
      "a flow from anybody",
      flow('{ from: "*", to: tap, port: https, authentication: mtls, purpose: All. }'),
      /"from" "\*" is a wildcard/,
    ],
    [
      "a flow to any port",
      flow('{ from: till, to: tap, port: "*", authentication: mtls, purpose: All. }'),
      /port "\*" is a wildcard/,
    ],
    [
      "a flow to any host",
      flow('{ from: till, to: internet, port: 443, hosts: ["*.com"], authentication: tls+jwt, purpose: All. }'),
      /host "\*\.com" is a wildcard/,
    ],
    [
      "a flow to any private address",
      flow(
        "{ from: till, to: internet, port: 443, hosts: [a.com], ranges: [0.0.0.0/0], authentication: tls+jwt, purpose: All. }",
      ),
      /"0\.0\.0\.0\/0" is every address/,
    ],
    [
      "a flow that says half",
      flow("{ from: till, to: tap }"),
      /a flow without "port", "authentication" \(mtls, .*\), "purpose"; add/,
    ],
    [
      "a flow twice",
      flow("{ from: tap, to: till, port: https, authentication: none, purpose: Pours. }"),
      /^line 9, column 5: the flow .* already declared as that of line 8; merge/,
    ],
    [
      "a credential nobody knows",
      shop("      - { service: tap, ports: {}, credentials: [key] }\n"),
      /credential "key" is not declared/,
    ],
    ["a range that is too wide", shop("    cidr: 0.0.0.0/0\n"), /^line 6, column 11: "0\.0\.0\.0\/0" is too wide/],
  ])("that is or has %s", (_, text, problem) => {
    expect(problemsOf(text).join("\n")).toMatch(problem);
  });

  it.each(["[", "{a: ", "- ", "? "])("that is nested without end, before it uses up the stack: %j", (opening) => {
    expect(problemsOf(opening.repeat(100_000)).join("\n")).toMatch(/nested deeper than/);
  });

  it("that is larger than zones are", () => {
    expect(problemsOf("#".repeat(2_000_000)).join("\n")).toMatch(/2000000 characters; 1048576 are allowed/);
  });
});

describe("a perimeter written and read again", () => {
  /** Labels that YAML of one version or the other takes for something else. */
  const NAMES = ["no", "on", "y", "off", "null", "true", "1e3", "123", "0x1f", "0o17", "2001-01-01", "constructor"];
  const SENTENCES = [
    "",
    "~",
    "null",
    "no",
    "1e3",
    "- a",
    "a: b",
    "# a",
    "&a *b",
    "!a",
    " a ",
    "a\n\n  b\n",
    "a\r\nb",
    "\t",
    "\u0085\u2028\ufeff",
    "\ud800",
    "'\"",
    "---",
    "\\",
  ];
  const sentence = fc.oneof(fc.constantFrom(...SENTENCES), fc.string({ unit: "binary" }));

  /** Those of the test support, with names and sentences that are hard to write. */
  const hard = fc
    .record({
      perimeter: perimeters(),
      names: fc.shuffledSubarray(NAMES, { minLength: 12 }),
      sentences: fc.array(sentence, { minLength: 1 }),
      lists: fc.boolean(),
    })
    .map(({ perimeter, names, sentences, lists }) => {
      const renamed = (name: string) => (/^w\d+$/.test(name) ? at(names, Number(name.slice(1))) : name);
      const portOf = (port: string) => (port === "p0" ? "y" : port === "p1" ? "null" : port);
      const credentialOf = (name: string) => at(names, Number(name.slice("key-".length)));
      const said = (index: number) => at(sentences, index % sentences.length);
      return {
        ...perimeter,
        zones: perimeter.zones.map((zone, i) => ({ ...zone, purpose: said(i) })),
        workloads: perimeter.workloads.map(({ name, ports, credentials, ...workload }, i) => ({
          ...workload,
          name: renamed(name),
          ports: Object.fromEntries(Object.entries(ports).map(([port, number]) => [portOf(port), number])),
          ...(credentials?.length || lists ? { credentials: credentials?.map(credentialOf) ?? [] } : {}),
          ...(lists ? { names: [`${i}.example.com`, `10.0.0.${i}`] } : {}),
        })),
        flows: perimeter.flows.map((flow, i) => ({
          ...flow,
          from: renamed(flow.from),
          to: renamed(flow.to),
          port: portOf(flow.port),
          purpose: said(i),
          ...(flow.to === INTERNET && lists ? { ranges: ["10.0.0.0/8"] } : {}),
        })),
        credentials: perimeter.credentials.map(({ name }, i) => ({ name: credentialOf(name), opens: said(i) })),
      } satisfies Perimeter;
    });

  it("is the same, with its workloads in the order of their zones", () => {
    fc.assert(
      fc.property(hard, (perimeter) => {
        validate(perimeter);
        const text = exportZones(perimeter);
        const read = importZones(text);
        expect(read).toStrictEqual(byZone(perimeter));
        expect(exportZones(read)).toBe(text);
      }),
      { numRuns: 20 },
    );
  });

  it("means the same to a reader of the older YAML", () => {
    fc.assert(
      fc.property(hard, (perimeter) => {
        const text = exportZones(perimeter);
        expect(parse(text, { version: "1.1" })).toEqual(parse(text));
      }),
      { numRuns: 8 },
    );
  });

  it("is the same for that of the library, and for what is there already", () => {
    const perimeter = openClawPerimeter({
      trustDomain: "openclaw.internal",
      publicHost: "openclaw.example.com",
      login: "oauth2-proxy",
      identityProvider: { hosts: [{ name: "login.example.com", port: 443 }], ranges: ["10.0.0.0/8"] },
      models: [{ port: "openai", host: { name: "api.openai.com", port: 443 } }],
    });
    const workloads = [
      ...perimeter.workloads,
      { name: "api", zone: "management", ports: { k: 443 }, addresses: ["10.0.0.1/32"] },
    ];
    expect(importZones(exportZones({ ...perimeter, workloads }))).toEqual(byZone({ ...perimeter, workloads }));
  });

  it("stands there in full, with sentences in quotes", () => {
    const { workloads, ...rest } = importZones(example);
    const ports = { https: 8443 };
    const text = exportZones({ ...rest, workloads: workloads.map((workload) => ({ ...workload, ports })) });
    expect(text).not.toMatch(/[&*]/);
    expect(text).toContain('purpose: "Programs come in with a token."');
    expect(importZones(text)).toEqual(importZones(example));
  });

  it("is not written if it could not be read", () => {
    const perimeter = importZones(example);
    expect(() => exportZones({ ...perimeter, trustDomain: "*" })).toThrow(ZonesError);
    const everywhere = { name: "api", zone: "admin-tools", ports: {}, addresses: ["0.0.0.0/0"] };
    expect(() => exportZones({ ...perimeter, workloads: [...perimeter.workloads, everywhere] })).toThrow(
      /workloads\[6\]\.addresses\[0\]: "0\.0\.0\.0\/0" is every address/,
    );
  });
});

test("only what typesetting does to a name is undone", () => {
  expect(withoutTypesetting("model\u2011run\u200btime\u00a0")).toBe("model-runtime");
  for (const name of ["c\u0430t", "caf\u00e9", "cafe\u0301", "Shop", "a b"])
    expect(withoutTypesetting(name)).toBe(name.normalize("NFC"));
});

describe("network-test", () => {
  const deployed = importZones(example);

  /** A platform that holds, but for the flows said otherwise. */
  async function run(options: { zone?: string; zones?: Perimeter }, otherwise: Record<string, Seen> = {}) {
    const open = new Set(
      flowProbes(deployed).flatMap(({ from, to, number, expected }) =>
        expected === "open" ? [`${from} ${to} ${number}`] : [],
      ),
    );
    const lines: string[] = [];
    let connected = 0;
    const driver: VerifyDriver = {
      tryFlow: async (from, to, number) =>
        otherwise[`${from} ${to}`] ??
        (open.has(`${from} ${to} ${number}`) ? { state: "open" } : { state: "closed", why: "refused" }),
      strangers: async () => [],
    };
    const connect = async () => {
      connected += 1;
      return driver;
    };
    const zones = options.zones && { name: "zones.yaml", perimeter: options.zones };
    const done = networkTest(connect, deployed, { zone: options.zone, zones }, (line) => lines.push(line));
    const code = await done.catch((error: Error) => error.message);
    return { code, lines, connected };
  }

  it("shows each flow in, out and within the zone, and what came of it", async () => {
    const { code, lines } = await run({ zone: "admin-tools" });
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^WAY +FROM +TO +EXPECTED +SEEN$/);
    expect(lines).toContainEqual(expect.stringMatching(/^in +auth-service +audit-collector:https +open +open$/));
    expect(lines).toContainEqual(expect.stringMatching(/^within +ui-dashboard +audit-collector:https +open +open$/));
    expect(lines).toContainEqual(expect.stringMatching(/^out +ui-dashboard +monitoring:https +closed +closed$/));
    expect(lines.join("\n")).not.toMatch(/data-ingest +inference-engine/);
    expect(lines.at(-1)).toBe('zone "admin-tools": 2 declared and 18 undeclared flows tried, all as declared');
  });

  it("fails on a flow that is not as declared", async () => {
    const { code, lines } = await run({ zone: "admin-tools" }, { "ui-dashboard monitoring": { state: "open" } });
    expect(code).toBe(1);
    expect(lines).toContain("ui-dashboard → monitoring:https is open, but not declared");
    expect(lines).toContainEqual(expect.stringMatching(/^out +ui-dashboard +monitoring:https +closed +open +<<<$/));
    expect((await run({ zone: "api-gateway" }, { "ui-dashboard monitoring": { state: "open" } })).code).toBe(0);
  });

  it("takes the name as it stands on a printed page", async () => {
    expect((await run({ zone: "admin\u2011tools" })).code).toBe(0);
  });

  it.each([
    [
      "admn-tools",
      'zone "admn-tools" is not declared; did you mean "admin-tools"? The zones are "api-gateway", "model-runtime", "admin-tools"',
    ],
    ["data", 'zone "data" is not declared; use one of "api-gateway", "model-runtime", "admin-tools"'],
  ])("names the zones there are instead of %s, and connects to nothing", async (zone, message) => {
    expect(await run({ zone })).toMatchObject({ code: message, connected: 0 });
  });

  it("finds the deployed perimeter as its own file says, whatever the order", async () => {
    const reversed = { ...deployed, flows: [...deployed.flows].reverse(), zones: [...deployed.zones].reverse() };
    const { code, lines } = await run({ zones: importZones(exportZones(reversed)) });
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^FROM/);
  });

  it("lists how the two differ before it tries a flow, and fails", async () => {
    const file = importZones(
      example
        .replace(
          "to: data-ingest\n    port: https\n    authentication: mtls+jwt",
          "to: data-ingest\n    port: https\n    authentication: mtls",
        )
        .replace("from: ui-dashboard", "from: monitoring")
        .replace("[api.openai.com]", "[api.openai.com, api.example.com]"),
    );
    const { code, lines } = await run({ zones: file });
    expect(code).toBe(1);
    expect(
      lines.slice(
        0,
        lines.findIndex((line) => line.startsWith("FROM")),
      ),
    ).toEqual([
      "in zones.yaml, but not deployed:",
      "  auth-service → data-ingest:https (8443) by mtls is permitted",
      "  inference-engine → api.example.com:443 by tls+credential is permitted",
      "  monitoring → audit-collector:https (8443) by mtls is permitted",
      "deployed, but not in zones.yaml:",
      "  auth-service → data-ingest:https (8443) by mtls+jwt is permitted",
      "  ui-dashboard → audit-collector:https (8443) by mtls is permitted",
      "",
    ]);
    expect(lines.at(-2)).toMatch(/all as declared$/);
    expect(lines.at(-1)).toBe("zones.yaml and the deployed perimeter differ, as said above the table");
  });

  it.each<[string, string | RegExp, string, string]>([
    ["a zone", /admin-tools/, "tools", 'there is a zone "tools"'],
    [
      "a port's number",
      "service: monitoring\n        ports: { https: 8443 }",
      "service: monitoring\n        ports: { https: 9443 }",
      '"monitoring" listens on 9443 as "https"',
    ],
    [
      "a credential",
      "service: monitoring\n",
      "service: monitoring\n        credentials: [model-key]\n",
      '"monitoring" holds "model-key"',
    ],
    [
      "a name",
      "names: [api.example.com]",
      "names: [other.example.com]",
      '"auth-service" is also called "other.example.com"',
    ],
    ["the trust domain", "openclaw.internal", "other.internal", 'identities are of "other.internal"'],
    [
      "a private range",
      "    hosts:",
      "    ranges: [10.0.0.0/8]\n    hosts:",
      "inference-engine → api.openai.com:443 is permitted in the private range 10.0.0.0/8",
    ],
    [
      "what is there already",
      "service: monitoring\n",
      "service: monitoring\n        addresses: [10.0.0.1/32]\n",
      '"monitoring" is at 10.0.0.1/32',
    ],
  ])("notices %s", (_, from, to, statement) => {
    const text = example.replace(/ {2}- from: monitoring.*?Reads metrics\.\n/s, "");
    const [one, other] = [importZones(text), importZones(text.replace(from, to))];
    expect(perimeterDifferences(other, one).first).toContain(statement);
    expect(perimeterDifferences(one, other).second).toContain(statement);
    expect(perimeterDifferences(one, one)).toEqual({ first: [], second: [] });
  });
});
