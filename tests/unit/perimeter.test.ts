import fc from "fast-check";
import {
  type Authentication,
  blastRadius,
  carve,
  diagram,
  dnsNameProblem,
  entrances,
  exits,
  type Flow,
  flowBetween,
  flowsFrom,
  flowsTo,
  fnv1a,
  INTERNET,
  linkKey,
  links,
  nameProblem,
  type Perimeter,
  PerimeterError,
  peersOf,
  plainName,
  portNameProblem,
  portNumber,
  presetZones,
  reachability,
  spiffeId,
  suggest,
  validate,
  workload,
  zone,
} from "../../lib/perimeter";
import { at, flow, perimeters } from "../support/perimeters";

/** The data path of the project, small enough to know by heart. */
function sample(): Perimeter {
  return {
    trustDomain: "openclaw.internal",
    zones: presetZones("10.213.0.0/16"),
    workloads: [
      { name: "edge", zone: "public", ports: { https: 8443 }, credentials: ["client-secret"] },
      { name: "guard", zone: "application", ports: { https: 8443 } },
      { name: "openclaw", zone: "agent", ports: { gateway: 18789 } },
      { name: "egress", zone: "egress", ports: { https: 8443 }, credentials: ["model-key"] },
      {
        name: "audit",
        zone: "management",
        ports: { logs: 4317, metrics: 9090 },
        credentials: ["log-key", "model-key"],
      },
    ],
    flows: [
      flow(INTERNET, "edge", "https", "tls+jwt"),
      flow("edge", INTERNET, "443", "tls+credential", ["login.example.com"]),
      flow("edge", "guard", "https", "mtls"),
      flow("guard", "openclaw", "gateway", "tls+address"),
      flow("openclaw", "egress", "https", "mtls"),
      flow("egress", INTERNET, "443", "tls+credential", ["api.example.com", "chat.example.com"]),
      flow("guard", "audit", "logs", "mtls"),
    ],
    credentials: [
      { name: "client-secret", opens: "The identity provider." },
      { name: "model-key", opens: "The model." },
      { name: "log-key", opens: "The log." },
    ],
  };
}

function problemsOf(perimeter: Perimeter): string[] {
  try {
    validate(perimeter);
    return [];
  } catch (error) {
    if (!(error instanceof PerimeterError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

type Breakage = [title: string, breakIt: (perimeter: Perimeter) => unknown, problems: string[]];

const ALL_KNOWN = '"edge", "guard", "openclaw", "egress", "audit", "internet"';
const TO_INTERNET = '"tls+credential", "tls+jwt", "tls+address"';

const BREAKAGES: Breakage[] = [
  // Names.
  [
    "a trust domain with capitals",
    (p) => (p.trustDomain = "OpenClaw.internal"),
    ['trustDomain: trust domain "OpenClaw.internal" is no plain lower-case DNS name; use "openclaw.internal"'],
  ],
  [
    "a trust domain that is an address",
    (p) => (p.trustDomain = "10.0.0.1"),
    ['trustDomain: trust domain "10.0.0.1" is an address or has a port; use a DNS name alone'],
  ],
  [
    "an empty trust domain",
    (p) => (p.trustDomain = ""),
    [
      'trustDomain: trust domain "" is no DNS name; use labels of a-z, 0-9 and "-" joined by dots, such as "api.example.com"',
    ],
  ],
  [
    "a workload named with a non-breaking hyphen",
    (p) => p.workloads.push({ name: "model\u2011runtime", zone: "agent", ports: {} }),
    [
      'workloads[5].name: workload name "model\u2011runtime" contains U+2011 NON-BREAKING HYPHEN at position 6; use an ASCII hyphen: "model-runtime"',
    ],
  ],
  [
    "a zone name with a capital",
    (p) => p.zones.push({ name: "Edge" }),
    ['zones[6].name: zone name "Edge" has upper-case letters; use "edge"'],
  ],
  [
    "a credential without a name",
    (p) => p.credentials.push({ name: "", opens: "Nothing." }),
    ['credentials[3].name: credential name "" is empty; use 1 to 63 characters of a-z, 0-9 and "-"'],
  ],
  [
    "a workload named internet",
    (p) => p.workloads.push({ name: "internet", zone: "public", ports: {} }),
    ['workloads[5].name: "internet" means the outside and cannot name a workload; choose another name'],
  ],
  [
    "a zone named internet",
    (p) => p.zones.push({ name: "internet" }),
    ['zones[6].name: "internet" means the outside and cannot name a zone; choose another name'],
  ],
  // Duplicates.
  [
    "a zone declared twice",
    (p) => p.zones.push({ name: "data" }),
    ['zones[6].name: zone "data" is already declared as zones[4]; rename or remove one'],
  ],
  [
    "a workload declared twice",
    (p) => p.workloads.push({ name: "guard", zone: "agent", ports: { https: 8443 } }),
    ['workloads[5].name: workload "guard" is already declared as workloads[1]; rename or remove one'],
  ],
  [
    "a credential declared twice",
    (p) => p.credentials.push({ name: "log-key", opens: "The log." }),
    ['credentials[3].name: credential "log-key" is already declared as credentials[2]; rename or remove one'],
  ],
  [
    "a flow declared twice",
    (p) => p.flows.push({ ...at(p.flows, 2), authentication: "mtls+jwt" }),
    ['flows[7]: the flow from "edge" to "guard:https" is already declared as flows[2]; merge them'],
  ],
  [
    "a host permitted twice",
    (p) => p.flows.push(flow("egress", INTERNET, "443", "tls+address", ["api.example.com"])),
    ['flows[7]: the flow from "egress" to "api.example.com:443" is already declared as flows[5]; merge them'],
  ],
  [
    "a host listed twice in one flow",
    (p) => (at(p.flows, 5).hosts = ["api.example.com", "api.example.com"]),
    ['flows[5].hosts: host "api.example.com" is listed twice; list it once'],
  ],
  [
    "a credential listed twice by its holder",
    (p) => (at(p.workloads, 3).credentials = ["model-key", "model-key"]),
    ['workloads[3].credentials[1]: credential "model-key" is listed twice; list it once'],
  ],
  [
    "two ports of one number",
    (p) => (at(p.workloads, 1).ports.health = 8443),
    ['workloads[1].ports["health"]: ports "https" and "health" of "guard" both have number 8443; keep one of them'],
  ],
  // Host names, which certificates carry.
  [
    "a host name of two workloads",
    (p) => {
      at(p.workloads, 0).names = ["claw.example.com", "203.0.113.7"];
      at(p.workloads, 1).names = ["203.0.113.7", "claw.example.com"];
    },
    [
      'workloads[1].names[0]: "203.0.113.7" is a name of "edge" already; give it to one of them only',
      'workloads[1].names[1]: "claw.example.com" is a name of "edge" already; give it to one of them only',
    ],
  ],
  [
    "a host name that is another workload's own name",
    (p) => (at(p.workloads, 0).names = ["claw.example.com", "egress"]),
    ['workloads[0].names[1]: "egress" is a name of "egress" already; give it to one of them only'],
  ],
  [
    "a host name that is an earlier workload's own name",
    (p) => (at(p.workloads, 3).names = ["edge"]),
    ['workloads[3].names[0]: "edge" is a name of "edge" already; give it to one of them only'],
  ],
  [
    "a host name that is the workload's own name",
    (p) => (at(p.workloads, 0).names = ["edge"]),
    ['workloads[0].names[0]: "edge" is listed twice or is the workload\'s own name; list it once'],
  ],
  [
    "a host name listed twice",
    (p) => (at(p.workloads, 0).names = ["claw.example.com", "claw.example.com"]),
    ['workloads[0].names[1]: "claw.example.com" is listed twice or is the workload\'s own name; list it once'],
  ],
  ...(
    [
      ["*.example.com", "is a wildcard; list each name"],
      ["Claw.example.com", 'is no plain lower-case DNS name; use "claw.example.com"'],
      ["claw.example.com:8443", "is an address or has a port; use a DNS name alone"],
      ["203.0.113", "is an address or has a port; use a DNS name alone"],
      ["[fd00::1]", "is an address or has a port; use a DNS name alone"],
      ["claw_1", 'is no DNS name; use labels of a-z, 0-9 and "-" joined by dots, such as "api.example.com"'],
      ["", 'is no DNS name; use labels of a-z, 0-9 and "-" joined by dots, such as "api.example.com"'],
    ] as const
  ).map(
    ([name, message]): Breakage => [
      `the host name "${name}"`,
      (p) => (at(p.workloads, 0).names = ["other.example.com", name]),
      [`workloads[0].names[1]: host name "${name}" ${message}`],
    ],
  ),
  // Ports.
  ...[0, -1, 65536, 80.5, Number.NaN].map(
    (number): Breakage => [
      `a port numbered ${number}`,
      (p) => (at(p.workloads, 1).ports.health = number),
      [`workloads[1].ports["health"]: ${number} is no TCP port; use a whole number from 1 to 65535`],
    ],
  ),
  [
    "a port name Kubernetes refuses",
    (p) => (at(p.workloads, 1).ports["administration-api"] = 9000),
    [
      'workloads[1].ports["administration-api"]: port name "administration-api" has 18 characters; use at most 15, as Kubernetes allows no more',
    ],
  ],
  [
    "a port name without a letter",
    (p) => (at(p.workloads, 1).ports["9000"] = 9000),
    ['workloads[1].ports["9000"]: port name "9000" has no letter; use a name such as "https"'],
  ],
  // References.
  [
    "a workload in an unknown zone",
    (p) => (at(p.workloads, 1).zone = "aplication"),
    ['workloads[1].zone: zone "aplication" is not declared; did you mean "application"?'],
  ],
  [
    "an unknown credential",
    (p) => (at(p.workloads, 3).credentials = ["model-keys"]),
    ['workloads[3].credentials[0]: credential "model-keys" is not declared; did you mean "model-key"?'],
  ],
  [
    "an unknown caller",
    (p) => (at(p.flows, 2).from = "postgres"),
    [`flows[2].from: workload "postgres" is not declared; use one of ${ALL_KNOWN}`],
  ],
  [
    "an unknown callee",
    (p) => (at(p.flows, 2).to = "gaurd"),
    ['flows[2].to: workload "gaurd" is not declared; did you mean "guard"?'],
  ],
  [
    "a callee written with a non-breaking hyphen",
    (p) => {
      p.workloads.push({ name: "ui-dashboard", zone: "application", ports: { https: 8443 } });
      p.flows.push(flow("edge", "ui\u2011dashboard", "https", "mtls"));
    },
    [
      'flows[7].to: workload "ui\u2011dashboard" is not declared; it contains U+2011 NON-BREAKING HYPHEN at position 3; did you mean "ui-dashboard"?',
    ],
  ],
  [
    "an unknown port",
    (p) => (at(p.flows, 2).port = "htpts"),
    ['flows[2].port: "guard" has no port "htpts"; did you mean "https"?'],
  ],
  [
    "a port that is only inherited",
    (p) => (at(p.flows, 2).port = "constructor"),
    ['flows[2].port: "guard" has no port "constructor"; use one of "https"'],
  ],
  [
    "a callee that listens on nothing",
    (p) => (at(p.workloads, 1).ports = {}),
    ['flows[2].port: "guard" listens on no port; add "https" to its ports'],
  ],
  // Flows.
  [
    "a workload that calls itself",
    (p) => p.flows.push(flow("guard", "guard", "https", "mtls")),
    ['flows[7]: "guard" calls itself, which never leaves it; remove the flow'],
  ],
  [
    "the internet calling itself",
    (p) => p.flows.push(flow(INTERNET, INTERNET, "443", "tls+jwt", ["example.com"])),
    ["flows[7]: the internet talks to itself without us; name a workload on one side"],
  ],
  ...["https", "0", "65536", "0443", "4.5", "-1", " 443", ""].map(
    (port): Breakage => [
      `a way out on port "${port}"`,
      (p) => (at(p.flows, 5).port = port),
      [`flows[5].port: "${port}" is no port number; for a flow to the internet use "1" to "65535", such as "443"`],
    ],
  ),
  ...[undefined, []].map(
    (hosts): Breakage => [
      `a way out to ${hosts === undefined ? "no hosts" : "an empty list of hosts"}`,
      (p) => (at(p.flows, 5).hosts = hosts),
      ['flows[5].hosts: a flow to the internet must say where to; list host names such as "api.example.com"'],
    ],
  ),
  ...(
    [
      ["*.example.com", "is a wildcard; list each name"],
      ["*", "is a wildcard; list each name"],
      ["203.0.113.7", "is an address or has a port; use a DNS name alone"],
      ["2130706433", "is an address or has a port; use a DNS name alone"],
      ["127.0x1", "is an address or has a port; use a DNS name alone"],
      ["::1", "is an address or has a port; use a DNS name alone"],
      ["api.example.com:443", "is an address or has a port; use a DNS name alone"],
      ["API.example.com", 'is no plain lower-case DNS name; use "api.example.com"'],
      ["api.example.com.", 'is no plain lower-case DNS name; use "api.example.com"'],
      ["localhost", 'has no domain; use its full name, such as "localhost.example.com"'],
      [
        "api.ex\u0430mple.com",
        'contains U+0430 CYRILLIC SMALL LETTER A at position 7; did you mean "api.example.com"?',
      ],
      ["https://api.example.com/", "is an address or has a port; use a DNS name alone"],
      [
        "api.example.com/v1",
        'is no DNS name; use labels of a-z, 0-9 and "-" joined by dots, such as "api.example.com"',
      ],
      [
        `${"a".repeat(64)}.com`,
        'is no DNS name; use labels of a-z, 0-9 and "-" joined by dots, such as "api.example.com"',
      ],
      [`${"a.".repeat(126)}com`, "has 255 characters; use at most 253"],
    ] as const
  ).map(
    ([host, message]): Breakage => [
      `a way out to "${host.slice(0, 30)}"`,
      (p) => (at(p.flows, 5).hosts = ["other.example.com", host]),
      [`flows[5].hosts[1]: host "${host}" ${message}`],
    ],
  ),
  [
    "hosts on a flow inside",
    (p) => (at(p.flows, 2).hosts = ["guard.example.com"]),
    ['flows[2].hosts: hosts are for flows to the internet, and this one goes to "guard"; remove them'],
  ],
  [
    "hosts on a flow from the internet",
    (p) => (at(p.flows, 0).hosts = ["claw.example.com"]),
    ['flows[0].hosts: hosts are for flows to the internet, and this one goes to "edge"; remove them'],
  ],
  // Authentication.
  ...(["none", "tls+address", "tls+credential"] as const).map(
    (way): Breakage => [
      `a way in with ${way}`,
      (p) => (at(p.flows, 0).authentication = way),
      [
        `flows[0].authentication: "${way}" lets strangers in from the internet; use one of "tls+jwt", "mtls", "mtls+jwt"`,
      ],
    ],
  ),
  ...(["mtls", "mtls+jwt"] as const).map(
    (way): Breakage => [
      `a way out with ${way}`,
      (p) => (at(p.flows, 5).authentication = way),
      [
        `flows[5].authentication: "${way}" needs an identity of ours on both sides and the internet has none; use one of ${TO_INTERNET} (a client certificate somebody else issued is a credential)`,
      ],
    ],
  ),
  [
    "a way out with none",
    (p) => (at(p.flows, 5).authentication = "none"),
    [`flows[5].authentication: "none" leaves the perimeter unproven; use one of ${TO_INTERNET}`],
  ],
  [
    "an unproven flow across zones",
    (p) => (at(p.flows, 2).authentication = "none"),
    [
      'flows[2].authentication: "none" is allowed inside one zone only, and this flow goes from zone "public" to zone "application"; use one of "mtls", "mtls+jwt", "tls+jwt", "tls+credential", "tls+address"',
    ],
  ],
  [
    "an unknown way to authenticate",
    (p) => (at(p.flows, 2).authentication = "mttls" as Authentication),
    [
      'flows[2].authentication: "mttls" is no way to authenticate; use one of "mtls", "mtls+jwt", "tls+jwt", "tls+credential", "tls+address", "none"',
    ],
  ],
  // Ranges.
  ...(
    [
      ["10.213.0.0/15", '"10.213.0.0/15" has host bits set; use "10.212.0.0/15"'],
      ["10.0.0.0/7", '"10.0.0.0/7" is too wide; use /8 to /28'],
      ["10.0.0.0/29", '"10.0.0.0/29" is too narrow; use /8 to /28'],
      ["10.0.0.0", '"10.0.0.0" is no IPv4 range in CIDR notation; use one such as "10.213.0.0/16"'],
      ["10.0.0.0/33", '"10.0.0.0/33" is no IPv4 range in CIDR notation; use one such as "10.213.0.0/16"'],
      ["10.0.0.0/+8", '"10.0.0.0/+8" is no IPv4 range in CIDR notation; use one such as "10.213.0.0/16"'],
      ["010.0.0.0/16", '"010.0.0.0/16" is no IPv4 range in CIDR notation; use one such as "10.213.0.0/16"'],
      ["10.256.0.0/16", '"10.256.0.0/16" is no IPv4 range in CIDR notation; use one such as "10.213.0.0/16"'],
      ["10.1/16", '"10.1/16" is no IPv4 range in CIDR notation; use one such as "10.213.0.0/16"'],
      ["fd00::/64", '"fd00::/64" is no IPv4 range in CIDR notation; use one such as "10.213.0.0/16"'],
      [
        "8.8.8.0/24",
        '"8.8.8.0/24" is not an internal range, so it would hide hosts of the internet; use a part of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, 198.18.0.0/15',
      ],
      [
        "172.0.0.0/8",
        '"172.0.0.0/8" is not an internal range, so it would hide hosts of the internet; use a part of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, 198.18.0.0/15',
      ],
    ] as const
  ).map(
    ([cidr, message]): Breakage => [
      `a zone with range ${cidr}`,
      (p) => p.zones.push({ name: "extra", cidr }),
      [`zones[6].cidr: ${message}`],
    ],
  ),
  [
    "zones that overlap",
    (p) => p.zones.push({ name: "extra", cidr: "10.213.48.0/20" }),
    [
      'zones[6].cidr: "10.213.48.0/20" overlaps "10.213.32.0/19" of zone "application"; give each zone a range of its own',
    ],
  ],
];

describe("validate", () => {
  it("accepts the sample", () => {
    expect(problemsOf(sample())).toEqual([]);
  });

  it.each(BREAKAGES)("refuses %s", (_title, breakIt, problems) => {
    const perimeter = sample();
    breakIt(perimeter);
    expect(problemsOf(perimeter)).toEqual(problems);
  });

  it.each<[string, (perimeter: Perimeter) => unknown]>([
    ["zones without ranges beside zones with one", (p) => p.zones.push({ name: "extra" })],
    ["ranges that touch", (p) => p.zones.push({ name: "extra", cidr: "10.214.0.0/16" })],
    [
      "the widest and the narrowest range",
      (p) =>
        (p.zones = [
          { name: "public", cidr: "10.0.0.0/8" },
          { name: "agent", cidr: "192.168.0.0/28" },
          ...["application", "egress", "management"].map((name) => ({ name })),
        ]),
    ],
    [
      "an unproven flow inside one zone",
      (p) => {
        p.workloads.push({ name: "cache", zone: "public", ports: { redis: 6379 } });
        p.flows.push(flow("edge", "cache", "redis", "none"));
      },
    ],
    ["two flows to different ports", (p) => p.flows.push(flow("guard", "audit", "metrics", "mtls"))],
    ["flows in both directions", (p) => p.flows.push(flow("guard", "edge", "https", "mtls"))],
    [
      "two ways out to different hosts",
      (p) => p.flows.push(flow("egress", INTERNET, "443", "tls+address", ["weather.example.com"])),
    ],
    [
      "one host on two ports",
      (p) => p.flows.push(flow("egress", INTERNET, "8443", "tls+address", ["api.example.com"])),
    ],
    ["an international host", (p) => (at(p.flows, 5).hosts = ["xn--bcher-kva.example"])],
    ["a way in with mtls", (p) => (at(p.flows, 0).authentication = "mtls")],
    ["a port named like a property of every object", (p) => (at(p.workloads, 1).ports.constructor = 9000 as never)],
    ["a trust domain of one label", (p) => (p.trustDomain = "openclaw")],
    [
      "host names and addresses of several workloads",
      (p) => {
        at(p.workloads, 0).names = ["claw.example.com", "localhost", "203.0.113.7", "fd00::1"];
        at(p.workloads, 1).names = ["guard.example.com", "203.0.113.8", "fd00::2"];
      },
    ],
    ["a workload without host names", (p) => (at(p.workloads, 0).names = [])],
    ["a credential nobody holds", (p) => p.credentials.push({ name: "spare", opens: "Nothing yet." })],
  ])("accepts %s", (_title, change) => {
    const perimeter = sample();
    change(perimeter);
    expect(problemsOf(perimeter)).toEqual([]);
  });

  it("lists all problems in one message", () => {
    const perimeter = sample();
    perimeter.trustDomain = "*";
    at(perimeter.flows, 2).to = "gaurd";
    expect(() => validate(perimeter)).toThrow(
      new Error(
        [
          "The perimeter has 2 problems:",
          '- trustDomain: trust domain "*" is a wildcard; list each name',
          '- flows[2].to: workload "gaurd" is not declared; did you mean "guard"?',
        ].join("\n"),
      ),
    );
    expect(new PerimeterError([{ path: "a", message: "b" }]).message).toBe("The perimeter has 1 problem:\n- a: b");
  });

  it("accepts every perimeter made by the rules, and refuses it after any breakage of one flow", () => {
    fc.assert(
      fc.property(perimeters(), fc.nat(), fc.constantFrom(...FLOW_BREAKAGES), (perimeter, seed, breakIt) => {
        expect(problemsOf(perimeter)).toEqual([]);
        if (perimeter.flows.length === 0) return;
        const index = seed % perimeter.flows.length;
        const flows = perimeter.flows.map((declared, place) => (place === index ? breakIt({ ...declared }) : declared));
        const problems = problemsOf({ ...perimeter, flows });
        expect(problems).not.toEqual([]);
        expect(problems.every((problem) => problem.startsWith(`flows[${index}]`))).toBe(true);
      }),
    );
  });

  it("refuses a random perimeter with any part declared twice", () => {
    fc.assert(
      fc.property(
        perimeters(),
        fc.constantFrom("zones", "workloads", "flows", "credentials"),
        fc.nat(),
        (perimeter, part, seed) => {
          const entries: unknown[] = perimeter[part];
          fc.pre(entries.length > 0);
          const doubled = { ...perimeter, [part]: [...entries, entries[seed % entries.length]] };
          expect(problemsOf(doubled)).toContainEqual(expect.stringContaining("is already declared as"));
        },
      ),
    );
  });
});

describe("names", () => {
  it.each([
    ["a", undefined],
    ["model-runtime", undefined],
    ["0", undefined],
    ["a".repeat(63), undefined],
    ["a".repeat(64), "has 64 characters; use at most 63"],
    ["-a", 'is no DNS label; use a-z, 0-9 and "-", with a letter or digit first and last'],
    ["a-", 'is no DNS label; use a-z, 0-9 and "-", with a letter or digit first and last'],
    ["a_b", 'is no DNS label; use a-z, 0-9 and "-", with a letter or digit first and last'],
    ["a\n", 'is no DNS label; use a-z, 0-9 and "-", with a letter or digit first and last'],
    ["a--b", 'has two hyphens in a row, which join names in what is derived; use "a-b"'],
    ["a\u2013b", 'contains U+2013 EN DASH at position 2; use an ASCII hyphen: "a-b"'],
    ["\u{1f600}a\u2011b", 'contains U+1F600 at position 1; use a-z, 0-9 and "-" only'],
    ["g\u0443ard", 'contains U+0443 CYRILLIC SMALL LETTER U at position 2; use ASCII characters: "gyard"'],
    ["caf\u00e9", 'contains U+00E9 at position 4; use ASCII characters: "cafe"'],
    ["edge\u200b", 'contains U+200B ZERO WIDTH SPACE at position 5; use ASCII characters: "edge"'],
  ])("nameProblem(%j)", (name, problem) => {
    expect(nameProblem(name)).toBe(problem);
  });

  it("accepts as a port name what nameProblem accepts, up to 15 characters and with a letter", () => {
    expect(portNameProblem("a".repeat(15))).toBeUndefined();
    expect(portNameProblem("a".repeat(16))).toBe("has 16 characters; use at most 15, as Kubernetes allows no more");
    expect(portNameProblem("80")).toBe('has no letter; use a name such as "https"');
    expect(portNameProblem("A")).toBe('has upper-case letters; use "a"');
  });

  it("sends international host names to their xn-- form", () => {
    expect(dnsNameProblem("b\u00fccher.\u4f8b")).toBe(
      "contains U+00FC at position 2; write international names in their xn-- form",
    );
  });

  it("restores all names that lost their ASCII hyphens", () => {
    expect(["model\u2011runtime", "log\u2013anomaly", "audit\u2212collector", "AB"].map(plainName)).toEqual([
      "model-runtime",
      "log-anomaly",
      "audit-collector",
      "ab",
    ]);
  });

  it("suggests the nearest name, or what there is", () => {
    expect(suggest("gaurd", ["edge", "guard"])).toBe('did you mean "guard"?');
    expect(suggest("postgres", ["edge", "guard"])).toBe('use one of "edge", "guard"');
    expect(suggest("postgres", [])).toBe("none is declared");
    const many = Array.from({ length: 12 }, (_, index) => `service-${index}`);
    expect(suggest("x", many)).toBe(
      `use one of ${many
        .slice(0, 10)
        .map((name) => `"${name}"`)
        .join(", ")} and 2 more`,
    );
  });

  it("answers for any text without failing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const valid = nameProblem(text) === undefined;
        expect(valid).toBe(text.length <= 63 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(text));
        dnsNameProblem(text);
        plainName(text);
      }),
      { numRuns: 30 },
    );
  });
});

describe("queries", () => {
  const perimeter = sample();

  it("finds workloads and zones, and suggests when there is none", () => {
    expect(workload(perimeter, "guard").zone).toBe("application");
    expect(zone(perimeter, "agent").cidr).toBe("10.213.64.0/19");
    expect(() => workload(perimeter, "gaurd")).toThrow('workload "gaurd" is not declared; did you mean "guard"?');
    expect(() => zone(perimeter, "agents")).toThrow('zone "agents" is not declared; did you mean "agent"?');
  });

  it("names identities", () => {
    expect(spiffeId(perimeter, "guard")).toBe("spiffe://openclaw.internal/application/guard");
    expect(() => spiffeId(perimeter, "gaurd")).toThrow('workload "gaurd" is not declared; did you mean "guard"?');
    expect(() => spiffeId(perimeter, INTERNET)).toThrow('workload "internet" is not declared');
  });

  it("lists flows of a workload and of the internet", () => {
    expect(flowsFrom(perimeter, "edge").map(({ to }) => to)).toEqual([INTERNET, "guard"]);
    expect(flowsTo(perimeter, "edge").map(({ from }) => from)).toEqual([INTERNET]);
    expect(flowsFrom(perimeter, INTERNET).map(({ to }) => to)).toEqual(["edge"]);
    expect(() => flowsFrom(perimeter, "gaurd")).toThrow("did you mean");
    expect(() => flowsTo(perimeter, "gaurd")).toThrow("did you mean");
  });

  it("finds the one flow between two, in its direction only", () => {
    expect(flowBetween(perimeter, "edge", "guard")).toBe(perimeter.flows[2]);
    expect(flowBetween(perimeter, "guard", "edge")).toBeUndefined();
    expect(flowBetween(perimeter, "edge", "guard", "metrics")).toBeUndefined();
    expect(() => flowBetween(perimeter, "edge", "gaurd")).toThrow("did you mean");
  });

  it("does not choose between several flows", () => {
    const several = sample();
    several.flows.push(flow("guard", "audit", "metrics", "mtls"));
    expect(() => flowBetween(several, "guard", "audit")).toThrow(
      '2 flows go from "guard" to "audit", on ports "logs", "metrics"; name the port, or use flowsFrom for all',
    );
    expect(flowBetween(several, "guard", "audit", "metrics")).toBe(several.flows[7]);
  });

  it("gives port numbers", () => {
    expect(perimeter.flows.map((declared) => portNumber(perimeter, declared))).toEqual([
      8443, 443, 8443, 18789, 8443, 443, 4317,
    ]);
    expect(() => portNumber(perimeter, { to: "guard", port: "htps" })).toThrow(
      '"guard" has no port "htps"; did you mean "https"?',
    );
    expect(() => portNumber(perimeter, { to: "guard", port: "constructor" })).toThrow('has no port "constructor"');
  });

  it("lists peers once, in both directions, without the internet", () => {
    const both = sample();
    both.flows.push(flow("guard", "edge", "https", "mtls"));
    expect(peersOf(both, "edge")).toEqual(["guard"]);
    expect(peersOf(both, "guard")).toEqual(["edge", "openclaw", "audit"]);
    expect(() => peersOf(both, "gaurd")).toThrow("did you mean");
  });

  it("joins both directions into one link and keeps the internet apart", () => {
    const both = sample();
    both.flows.push(flow("guard", "edge", "https", "mtls"));
    expect(links(both).map(linkKey)).toEqual(["edge--guard", "guard--openclaw", "egress--openclaw", "audit--guard"]);
    expect(links(both)[0]).toEqual({ from: "edge", to: "guard", flows: [both.flows[2], both.flows[7]] });
    expect(entrances(both)).toEqual([{ from: INTERNET, to: "edge", flows: [both.flows[0]] }]);
    expect(exits(both).map(({ from, to }) => [from, to])).toEqual([
      ["edge", INTERNET],
      ["egress", INTERNET],
    ]);
  });

  it("keeps each flow in exactly one link, whose key does not depend on order", () => {
    fc.assert(
      fc.property(perimeters(), (random) => {
        const all = [...links(random), ...entrances(random), ...exits(random)];
        expect(new Set(all.flatMap(({ flows }) => flows))).toEqual(new Set(random.flows));
        expect(all.flatMap(({ flows }) => flows)).toHaveLength(random.flows.length);
        const reversed = { ...random, flows: [...random.flows].reverse() };
        expect(links(reversed).map(linkKey).sort()).toEqual(links(random).map(linkKey).sort());
        expect(new Set(links(random).map(linkKey)).size).toBe(links(random).length);
      }),
    );
  });
});

describe("presetZones", () => {
  it("has six zones with a purpose each and no ranges unless asked", () => {
    expect(presetZones().map(({ name }) => name)).toEqual([
      "public",
      "application",
      "agent",
      "egress",
      "data",
      "management",
    ]);
    expect(presetZones().every(({ purpose, cidr }) => purpose?.endsWith(".") && cidr === undefined)).toBe(true);
  });

  it("divides a range equally", () => {
    expect(presetZones("10.213.0.0/20").map(({ cidr }) => cidr)).toEqual([
      "10.213.0.0/23",
      "10.213.2.0/23",
      "10.213.4.0/23",
      "10.213.6.0/23",
      "10.213.8.0/23",
      "10.213.10.0/23",
    ]);
    expect(presetZones("10.0.0.0/8").at(-1)?.cidr).toBe("10.160.0.0/11");
    expect(() => presetZones("10.213.0.0/21")).toThrow('"10.213.0.0/21" is too narrow; use /8 to /20');
  });
});

describe("carve", () => {
  it("gives a gateway and the other hosts", () => {
    expect(carve("10.213.16.0/20", ["edge--guard"])).toEqual({
      "edge--guard": {
        cidr: "10.213.17.24/29",
        gateway: "10.213.17.25",
        hosts: ["10.213.17.26", "10.213.17.27", "10.213.17.28", "10.213.17.29", "10.213.17.30"],
      },
    });
    expect(carve("192.168.0.0/28", ["a"], 30).a?.hosts).toHaveLength(1);
    expect(carve("10.0.0.0/24", ["a"], 24).a).toMatchObject({ cidr: "10.0.0.0/24", gateway: "10.0.0.1" });
    expect(carve("10.0.0.0/24", [])).toEqual({});
  });

  it("hashes by FNV-1a, as published", () => {
    expect(["", "a", "foobar"].map(fnv1a)).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
  });

  it("refuses what does not fit", () => {
    const three = ["a", "b", "c"];
    expect(() => carve("10.0.0.0/28", three)).toThrow(
      '2 subnets of /29 fit into "10.0.0.0/28" but 3 are needed; use a range of /27 or wider',
    );
    expect(() => carve("10.0.0.1/24", three)).toThrow('"10.0.0.1/24" has host bits set; use "10.0.0.0/24"');
    expect(() => carve("10.0.0.0/24", ["a", "b", "a"])).toThrow('key "a" is given twice; give each once');
    for (const prefix of [23, 31, 29.5])
      expect(() => carve("10.0.0.0/24", three, prefix)).toThrow(
        `a subnet of prefix ${prefix} cannot be carved from "10.0.0.0/24"; use 24 to 30`,
      );
    expect(() =>
      carve(
        "10.0.0.0/9",
        Array.from({ length: 5 }, (_, i) => `${i}`),
        10,
      ),
    ).toThrow('2 subnets of /10 fit into "10.0.0.0/9" but 5 are needed; no range is wide enough');
  });

  const keys = fc.uniqueArray(fc.string({ maxLength: 12 }), { maxLength: 16 });

  it("never overlaps, and stays inside the range, down to the last slot", () => {
    fc.assert(
      fc.property(keys, fc.constantFrom(25, 24, 16), (names, width) => {
        const subnets = Object.values(carve(`10.1.0.0/${width}`, names));
        const addresses = subnets.flatMap(({ gateway, hosts }) => [gateway, ...hosts]);
        expect(subnets).toHaveLength(names.length);
        expect(new Set(addresses).size).toBe(6 * names.length);
        const last = 2 ** (32 - width) - 1;
        for (const address of addresses) {
          const [a, b, c = 0, d = 0] = address.split(".").map(Number);
          expect([a, b]).toEqual([10, 1]);
          expect(c * 256 + d).toBeLessThan(last);
        }
      }),
    );
  });

  it("fills a range completely, wherever the homes are", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ maxLength: 12 }), { minLength: 8, maxLength: 8 }), (names) => {
        const cidrs = Object.values(carve("10.1.0.0/26", names)).map(({ cidr }) => cidr);
        expect(sorted(cidrs)).toEqual(sorted([0, 8, 16, 24, 32, 40, 48, 56].map((last) => `10.1.0.${last}/29`)));
      }),
    );
  });

  it("does not depend on the order of the keys", () => {
    fc.assert(
      fc.property(keys, (names) => {
        expect(carve("10.1.0.0/24", [...names].reverse())).toEqual(carve("10.1.0.0/24", names));
      }),
    );
  });

  // A key is displaced if another key has the same hash modulo the number of slots and sorts before it. Nothing else ever moves.
  it.each([
    [26, 7],
    [20, 16],
  ])("leaves every key where it is when another comes or goes, unless it is displaced (/%i)", (width, most) => {
    const cidr = `10.1.0.0/${width}`;
    const slots = 2 ** (29 - width);
    const displaced = (name: string, names: string[]) =>
      names.some((other) => other < name && fnv1a(other) % slots === fnv1a(name) % slots);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ maxLength: 12 }), { minLength: 1, maxLength: most + 1 }),
        ([added = "", ...names]) => {
          const before = carve(cidr, names);
          const after = carve(cidr, [...names, added]);
          const settled = names.filter((name) => !displaced(name, [...names, added]));
          expect(settled.map((name) => after[name])).toEqual(settled.map((name) => before[name]));
        },
      ),
    );
  });
});

describe("reachability", () => {
  it("tells what a compromised agent gets", () => {
    expect(reachability(sample(), "openclaw")).toEqual({
      workload: "openclaw",
      direct: [{ to: "egress", port: "https", authentication: "mtls" }],
      transitive: [],
      hosts: [
        { host: "api.example.com", via: ["openclaw", "egress"] },
        { host: "chat.example.com", via: ["openclaw", "egress"] },
      ],
      credentials: [{ name: "model-key", heldBy: "egress", path: ["openclaw", "egress"] }],
    });
  });

  it("takes the shortest path and the nearest holder", () => {
    expect(reachability(sample(), "edge")).toEqual({
      workload: "edge",
      direct: [{ to: "guard", port: "https", authentication: "mtls" }],
      transitive: [
        { target: "openclaw", path: ["edge", "guard", "openclaw"] },
        { target: "audit", path: ["edge", "guard", "audit"] },
        { target: "egress", path: ["edge", "guard", "openclaw", "egress"] },
      ],
      hosts: [
        { host: "login.example.com", via: ["edge"] },
        { host: "api.example.com", via: ["edge", "guard", "openclaw", "egress"] },
        { host: "chat.example.com", via: ["edge", "guard", "openclaw", "egress"] },
      ],
      credentials: [
        { name: "client-secret", heldBy: "edge", path: ["edge"] },
        { name: "log-key", heldBy: "audit", path: ["edge", "guard", "audit"] },
        { name: "model-key", heldBy: "audit", path: ["edge", "guard", "audit"] },
      ],
    });
  });

  it("does not come back in through the internet, nor starts there", () => {
    expect(reachability(sample(), "egress").transitive).toEqual([]);
    expect(() => reachability(sample(), INTERNET)).toThrow('workload "internet" is not declared');
    expect(() => reachability(sample(), "gaurd")).toThrow('workload "gaurd" is not declared; did you mean "guard"?');
  });

  it("lists a host once, by the shortest way", () => {
    const perimeter = sample();
    perimeter.flows.push(flow("egress", INTERNET, "443", "tls+address", ["login.example.com"]));
    expect(reachability(perimeter, "edge").hosts.filter(({ host }) => host === "login.example.com")).toEqual([
      { host: "login.example.com", via: ["edge"] },
    ]);
  });

  it("goes around in circles once", () => {
    const circle = sample();
    circle.flows.push(flow("openclaw", "edge", "https", "mtls"));
    expect(reachability(circle, "openclaw").transitive.map(({ target }) => target)).toEqual(["guard", "audit"]);
  });

  it("is the same for one and for all", () => {
    fc.assert(
      fc.property(perimeters(), (perimeter) => {
        expect(blastRadius(perimeter)).toEqual(perimeter.workloads.map(({ name }) => reachability(perimeter, name)));
      }),
    );
  });

  it("agrees with Floyd and Warshall on who is reached and how far", () => {
    fc.assert(
      fc.property(perimeters(), (perimeter) => {
        const distances = floydWarshall(perimeter);
        for (const found of blastRadius(perimeter)) {
          const hops = distances.get(found.workload) ?? new Map<string, number>();
          const direct = new Set(found.direct.map(({ to }) => to));
          expect(sorted(direct)).toEqual(sorted([...hops].filter(([, far]) => far === 1).map(([to]) => to)));
          expect(sorted(found.transitive.map(({ target, path }) => `${target} ${path.length - 1}`))).toEqual(
            sorted([...hops].filter(([, far]) => far > 1).map(([to, far]) => `${to} ${far}`)),
          );
          const paths = [...found.transitive, ...found.credentials].map(({ path }) => path);
          for (const path of [...paths, ...found.hosts.map(({ via }) => via)])
            for (const [place, to] of path.entries())
              if (place === 0) expect(to).toBe(found.workload);
              else expect(flowsFrom(perimeter, at(path, place - 1)).map((step) => step.to)).toContain(to);
        }
      }),
    );
  });

  it("gains exactly the credentials and hosts of those reached", () => {
    fc.assert(
      fc.property(perimeters(), (perimeter) => {
        for (const found of blastRadius(perimeter)) {
          const taken = takenOver(found);
          const held = perimeter.workloads
            .filter(({ name }) => taken.has(name))
            .flatMap(({ credentials = [] }) => credentials);
          const open = perimeter.flows.filter(({ from }) => taken.has(from)).flatMap(({ hosts = [] }) => hosts);
          expect(sorted(found.credentials.map(({ name }) => name))).toEqual(sorted(new Set(held)));
          expect(sorted(found.hosts.map(({ host }) => host))).toEqual(sorted(new Set(open)));
          for (const { name, heldBy, path } of found.credentials) {
            expect(path.at(-1)).toBe(heldBy);
            expect(workload(perimeter, heldBy).credentials).toContain(name);
          }
        }
      }),
    );
  });

  it("never grows when a flow goes, so never shrinks when one comes", () => {
    fc.assert(
      fc.property(perimeters(), fc.nat(), (perimeter, seed) => {
        fc.pre(perimeter.flows.length > 0);
        const gone = seed % perimeter.flows.length;
        const less = blastRadius({ ...perimeter, flows: perimeter.flows.filter((_, place) => place !== gone) });
        for (const [place, more] of blastRadius(perimeter).entries()) {
          const fewer = at(less, place);
          for (const [key, length] of Object.entries(lengths(fewer)))
            expect(lengths(more)[key]).toBeLessThanOrEqual(length);
        }
      }),
    );
  });

  it("handles 10,000 workloads and 100,000 flows", () => {
    const count = 10_000;
    const name = (index: number) => `w${index % count}`;
    const perimeter: Perimeter = {
      trustDomain: "openclaw.internal",
      zones: [{ name: "one" }],
      workloads: Array.from({ length: count }, (_, index) => ({
        name: name(index),
        zone: "one",
        ports: { https: 8443 },
        credentials: [`key-${index}`],
      })),
      flows: Array.from({ length: 10 * count }, (_, index) =>
        flow(name(index), name(7 * (index % count) + Math.floor(index / count)), "https", "mtls"),
      ),
      credentials: [],
    };
    const found = reachability(perimeter, "w1");
    expect(takenOver(found).size).toBe(count);
    expect(found.credentials).toHaveLength(count);
  });
});

describe("diagram", () => {
  it("draws the sample", () => {
    const perimeter = sample();
    perimeter.zones = presetZones().filter(({ name }) => name !== "data");
    expect(diagram(perimeter)).toBe(`flowchart LR
  internet(("internet"))
  subgraph zone_public["public"]
    workload_edge["edge<br/>🔑 client-secret"]
  end
  subgraph zone_application["application"]
    workload_guard["guard"]
  end
  subgraph zone_agent["agent"]
    workload_openclaw["openclaw"]
  end
  subgraph zone_egress["egress"]
    workload_egress["egress<br/>🔑 model-key"]
  end
  subgraph zone_management["management"]
    workload_audit["audit<br/>🔑 log-key<br/>🔑 model-key"]
  end
  internet -->|"https · tls+jwt"| workload_edge
  workload_edge -->|"443 · tls+credential<br/>login.example.com"| internet
  workload_edge -->|"https · mtls"| workload_guard
  workload_guard -->|"gateway · tls+address"| workload_openclaw
  workload_openclaw -->|"https · mtls"| workload_egress
  workload_egress -->|"443 · tls+credential<br/>api.example.com<br/>chat.example.com"| internet
  workload_guard -->|"logs · mtls"| workload_audit
`);
  });

  it("shows the internet only if something talks to it", () => {
    expect(diagram({ ...sample(), flows: [] })).not.toContain("internet");
  });

  it("lets nothing out of a label, even in a perimeter nobody validated", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), hostile(), (text, start) => {
        const name = start + text;
        const lines = diagram({
          trustDomain: name,
          zones: [{ name, purpose: name }],
          workloads: [{ name, zone: name, ports: {}, credentials: [name] }],
          flows: [flow(name, INTERNET, name, "mtls", [name])],
          credentials: [],
        }).split(/[\n\r\u2028\u2029]/);
        expect(lines).toHaveLength(7);
        expect(lines.slice(0, 2)).toEqual(["flowchart LR", '  internet(("internet"))']);
        expect(lines[2]).toMatch(/^ {2}subgraph zone_\w*\["[^"<>&`]*"\]$/u);
        expect(lines[3]).toMatch(/^ {4}workload_\w*\["[^"<>&`]*<br\/>🔑 [^"<>&`]*"\]$/u);
        expect(lines[5]).toMatch(/^ {2}workload_\w* -->\|"[^"<>&`|]* · mtls<br\/>[^"<>&`|]*"\| internet$/u);
      }),
    );
  });
});

/** Breakages that no perimeter made by the rules survives, whichever of its flows they hit. */
const FLOW_BREAKAGES: ((broken: Flow) => Flow)[] = [
  (broken) => ({ ...broken, from: "nobody-declared-this" }),
  (broken) => ({ ...broken, to: "nobody-declared-this" }),
  (broken) => ({ ...broken, to: broken.from }),
  (broken) => ({ ...broken, from: INTERNET, to: INTERNET }),
  (broken) => ({ ...broken, port: "nobody" }),
  (broken) => ({ ...broken, port: "" }),
  (broken) => ({ ...broken, hosts: ["*.example.com"] }),
  (broken) => ({ ...broken, hosts: [] }),
  (broken) => ({ ...broken, authentication: "password" as Authentication }),
  (broken) =>
    broken.from === INTERNET || broken.to === INTERNET
      ? { ...broken, authentication: "none" }
      : { ...broken, hosts: ["example.com"] },
];

function hostile(): fc.Arbitrary<string> {
  return fc.constantFrom(
    "",
    '"]; click x "javascript:alert(1)"',
    "<script>alert(1)</script>",
    "`**bold**`",
    "#quot;]",
    "a\n  end\n  x --> y",
    "a\r\u2028b",
    '"| internet --> ',
  );
}

function sorted(items: Iterable<string>): string[] {
  return [...items].sort();
}

function takenOver(found: ReturnType<typeof reachability>): Set<string> {
  return new Set([
    found.workload,
    ...found.direct.map(({ to }) => to),
    ...found.transitive.map(({ target }) => target),
  ]);
}

/** How far away each thing gained is. */
function lengths(found: ReturnType<typeof reachability>): Record<string, number> {
  return Object.fromEntries([
    ...found.direct.map(({ to }) => [`workload ${to}`, 2]),
    ...found.transitive.map(({ target, path }) => [`workload ${target}`, path.length]),
    ...found.hosts.map(({ host, via }) => [`host ${host}`, via.length]),
    ...found.credentials.map(({ name, path }) => [`credential ${name}`, path.length]),
  ]);
}

/** Number of hops from each workload to each other that it reaches, by the textbook. */
function floydWarshall({ workloads, flows }: Perimeter): Map<string, Map<string, number>> {
  const names = workloads.map(({ name }) => name);
  const hops = new Map(names.map((name) => [name, new Map<string, number>()]));
  for (const { from, to } of flows) if (from !== INTERNET && to !== INTERNET) hops.get(from)?.set(to, 1);
  for (const middle of names)
    for (const from of names)
      for (const to of names) {
        const detour = (hops.get(from)?.get(middle) ?? Infinity) + (hops.get(middle)?.get(to) ?? Infinity);
        if (from !== to && detour < (hops.get(from)?.get(to) ?? Infinity)) hops.get(from)?.set(to, detour);
      }
  return hops;
}
