import fc from "fast-check";
import { type Flow, INTERNET, type Perimeter, portNumber } from "../../lib";
import type { KubernetesArgs } from "../../lib/platforms/kubernetes/args";
import { workloadLabels } from "../../lib/platforms/kubernetes/labels";
import { namespaceOf, namespacesOf } from "../../lib/platforms/kubernetes/names";
import { networkPolicies, type PolicySpec } from "../../lib/platforms/kubernetes/policies";
import { ARGS, clusterPerimeters } from "../support/cluster-perimeters";
import { flow } from "../support/perimeters";
import { connects, type Party, type Port } from "./support/network-policies";

const PREFIX = "some";
const WORKLOAD = "zero-trust-openclaw/workload";
const QUARANTINE = "zero-trust-openclaw/quarantine";

const policiesOf = (perimeter: Perimeter, args: KubernetesArgs = ARGS) =>
  networkPolicies(perimeter, namespacesOf(perimeter, args, PREFIX), args);

const SMALL: Perimeter = {
  trustDomain: "openclaw.internal",
  zones: [{ name: "front" }, { name: "back" }, { name: "empty" }],
  workloads: [
    { name: "door", zone: "front", ports: { https: 8443 } },
    { name: "room", zone: "back", ports: { web: 8080, admin: 9000 } },
    { name: "there", zone: "back", ports: { https: 6443 }, addresses: ["10.0.0.1/32", "10.0.0.2/32"] },
  ],
  flows: [
    flow(INTERNET, "door", "https", "tls+jwt"),
    flow("door", "room", "web", "mtls"),
    flow("room", INTERNET, "443", "tls+credential", ["one.example.com"]),
    { ...flow("room", INTERNET, "443", "tls+credential", ["two.example.com"]), ranges: ["10.20.0.0/16"] },
    flow("room", "there", "https", "tls+credential"),
  ],
  credentials: [],
};

const found = (args: Partial<KubernetesArgs> = {}, perimeter = SMALL) =>
  Object.fromEntries(
    policiesOf(perimeter, { ...ARGS, ...args }).map(({ namespace, name, spec }) => [`${namespace}/${name}`, spec]),
  );
const pods = (name: string) => ({
  matchLabels: { [WORKLOAD]: name },
  matchExpressions: [{ key: QUARANTINE, operator: "NotIn", values: ["true"] }],
});
const inNamespace = (name: string) => ({ matchLabels: { "kubernetes.io/metadata.name": name } });

describe("policies of a perimeter", () => {
  test("these and no others", () => {
    expect(Object.keys(found()).sort()).toEqual([
      "some-back/default-deny",
      "some-back/room--from--door--web",
      "some-back/room--to--dns",
      "some-back/room--to--internet--443",
      "some-back/room--to--there--https",
      "some-empty/default-deny",
      "some-front/default-deny",
      "some-front/door--from--internet--https",
      "some-front/door--to--room--web",
    ]);
  });

  test("flows whose names together read alike have policies of their own", () => {
    const alike: Perimeter = {
      ...SMALL,
      workloads: [
        { name: "a", zone: "front", ports: {} },
        { name: "b", zone: "back", ports: { "c-d": 1 } },
        { name: "b-c", zone: "back", ports: { d: 2 } },
      ],
      flows: [flow("a", "b", "c-d", "mtls"), flow("a", "b-c", "d", "mtls")],
    };
    const policies = policiesOf(alike, ARGS).map(({ namespace, name }) => `${namespace}/${name}`);
    expect(new Set(policies).size).toBe(policies.length);
  });

  test("nothing is open in any namespace, whatever runs in it", () => {
    for (const zone of ["front", "back", "empty"])
      expect(found()[`some-${zone}/default-deny`]).toEqual({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
  });

  test("in a namespace of the company's the denial is for our pods only", () => {
    const existing = found({ existingNamespaces: { back: "theirs" } });
    expect(existing["theirs/default-deny"]?.podSelector).toEqual({
      matchExpressions: [{ key: WORKLOAD, operator: "Exists" }],
    });
    expect(existing["some-front/default-deny"]?.podSelector).toEqual({});
    expect(existing["some-front/door--to--room--web"]?.egress?.[0]?.to).toEqual([
      { namespaceSelector: inNamespace("theirs"), podSelector: pods("room") },
    ]);
  });

  test("a flow is a pair with exactly its port, and neither end may be in quarantine", () => {
    const ports = [{ protocol: "TCP", port: 8080 }];
    expect(found()["some-front/door--to--room--web"]).toEqual({
      podSelector: pods("door"),
      policyTypes: ["Egress"],
      egress: [{ to: [{ namespaceSelector: inNamespace("some-back"), podSelector: pods("room") }], ports }],
    });
    expect(found()["some-back/room--from--door--web"]).toEqual({
      podSelector: pods("room"),
      policyTypes: ["Ingress"],
      ingress: [{ from: [{ namespaceSelector: inNamespace("some-front"), podSelector: pods("door") }], ports }],
    });
  });

  test("what is there already is reached at its addresses only", () => {
    expect(found()["some-back/room--to--there--https"]?.egress).toEqual([
      {
        to: [{ ipBlock: { cidr: "10.0.0.1/32" } }, { ipBlock: { cidr: "10.0.0.2/32" } }],
        ports: [{ protocol: "TCP", port: 6443 }],
      },
    ]);
  });

  test("hosts outside are at public addresses, or in the ranges of their flow", () => {
    const [rule] = found()["some-back/room--to--internet--443"]?.egress ?? [];
    expect(rule?.ports).toEqual([{ protocol: "TCP", port: 443 }]);
    expect(rule?.to).toHaveLength(2);
    expect(rule?.to[1]).toEqual({ ipBlock: { cidr: "10.20.0.0/16" } });
    const room: Party = { name: "room", namespace: "some-back", labels: { [WORKLOAD]: "room" }, address: "10.1.0.1" };
    const reaches = (address: string) =>
      connects(policiesOf(SMALL), room, { name: "host", address }, { protocol: "TCP", port: 443 });
    for (const address of ["1.1.1.1", "9.255.255.255", "11.0.0.0", "172.32.0.1", "203.0.113.1", "10.20.1.1"])
      expect([address, reaches(address)]).toEqual([address, true]);
    for (const address of "10.0.0.1 10.21.0.1 127.0.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255".split(
      " ",
    ))
      expect([address, reaches(address)]).toEqual([address, false]);
  });

  test("only who calls outside may look names up, and only at the name service", () => {
    const ports = (...numbers: number[]) =>
      numbers.flatMap((port) => [
        { protocol: "UDP", port },
        { protocol: "TCP", port },
      ]);
    const lookUp = (args: Partial<KubernetesArgs>) => found(args)["some-back/room--to--dns"]?.egress;
    expect(lookUp({})).toEqual([
      {
        to: [
          { namespaceSelector: inNamespace("kube-system"), podSelector: { matchLabels: { "k8s-app": "kube-dns" } } },
        ],
        ports: ports(53, 1053),
      },
    ]);
    expect(lookUp({ dns: { namespace: "names", labels: { app: "dns" }, ports: [5353] } })).toEqual([
      {
        to: [{ namespaceSelector: inNamespace("names"), podSelector: { matchLabels: { app: "dns" } } }],
        ports: ports(5353),
      },
    ]);
    expect(Object.keys(found()).filter((name) => name.endsWith("--to--dns"))).toEqual(["some-back/room--to--dns"]);
  });

  test.each<[string, KubernetesArgs["entrance"], unknown[]]>([
    ["anybody", undefined, [{ ipBlock: { cidr: "0.0.0.0/0" } }]],
    [
      "some",
      { from: ["203.0.113.0/24", "198.51.100.0/24"] },
      ["203.0.113.0/24", "198.51.100.0/24"].map((cidr) => ({ ipBlock: { cidr } })),
    ],
    ["anybody but some", { except: ["10.0.0.0/8"] }, [{ ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8"] } }]],
    [
      "some but a part",
      { from: ["203.0.113.0/24", "198.51.100.0/24"], except: ["198.51.100.128/25"] },
      [
        { ipBlock: { cidr: "203.0.113.0/24" } },
        { ipBlock: { cidr: "198.51.100.0/24", except: ["198.51.100.128/25"] } },
      ],
    ],
    [
      "a proxy",
      { proxy: { namespace: "ingress", labels: { app: "proxy" } } },
      [{ namespaceSelector: inNamespace("ingress"), podSelector: { matchLabels: { app: "proxy" } } }],
    ],
  ])("people come in from %s", (_, entrance, from) => {
    expect(found({ entrance })["some-front/door--from--internet--https"]).toEqual({
      podSelector: pods("door"),
      policyTypes: ["Ingress"],
      ingress: [{ from, ports: [{ protocol: "TCP", port: 8443 }] }],
    });
  });
});

/** Everybody that could try: our pods, one that nobody knows, others in the cluster, and hosts. */
function parties(perimeter: Perimeter, args: KubernetesArgs): Party[] {
  const namespaces = namespacesOf(perimeter, args, PREFIX);
  const pod = (name: string, namespace: string, labels: Record<string, string>, at: number): Party => ({
    name,
    namespace,
    labels,
    address: `10.1.0.${at}`,
  });
  const run = perimeter.workloads.filter(({ addresses }) => !addresses);
  const ours = [...run, ...run.slice(0, 1)].map(({ name }, i) =>
    pod(name, namespaceOf(perimeter, namespaces, name), workloadLabels(args, PREFIX, name), i + 1),
  );
  const host = (name: string, address: string): Party => ({ name, address });
  return [
    ...ours,
    pod("newcomer", ours[0]?.namespace as string, { app: "newcomer" }, 50),
    pod("stranger", "others", { app: "stranger" }, 60),
    pod("false", "others", workloadLabels(args, PREFIX, `${run[0]?.name}`), 61),
    pod("dns", "kube-system", { "k8s-app": "kube-dns" }, 70),
    pod("not-dns", "kube-system", {}, 71),
    host("public", "203.0.113.7"),
    host("in-range", "10.20.3.4"),
    host("there", "10.0.0.1"),
    host("metadata", "169.254.169.254"),
  ];
}

const PORTS: Port[] = [
  ...[53, 443, 1053, 6443, 8001, 8002, 8003, 8443].map((port) => ({ protocol: "TCP", port })),
  ...[53, 1053, 8001].map((port) => ({ protocol: "UDP", port })),
];

/** What the perimeter means for two parties, said without policies. */
function means({ workloads, ...rest }: Perimeter, from: Party, to: Party, { protocol, port }: Port): boolean {
  const perimeter = { workloads, ...rest };
  const ours = (party: Party) => workloads.some(({ name, addresses }) => name === party.name && !addresses);
  const is = (one: Flow, source: string, target: string) =>
    one.from === source && one.to === target && protocol === "TCP" && portNumber(perimeter, one) === port;
  if (from.name === "newcomer" || to.name === "newcomer") return false;
  return perimeter.flows.some((one) => {
    if (!ours(from)) return is(one, INTERNET, to.name);
    if (to.name === "dns") return one.from === from.name && one.to === INTERNET && [53, 1053].includes(port);
    if (to.name === "public") return is(one, from.name, INTERNET);
    if (to.name === "in-range") return is(one, from.name, INTERNET) && (one.ranges ?? []).length > 0;
    return is(one, from.name, to.name);
  });
}

function expectAgreement(perimeter: Perimeter, policies: PolicySpec[], everybody: Party[]): void {
  const isOurs = ({ namespace }: Party) => namespace?.startsWith(`${PREFIX}-`);
  const wrong = everybody.flatMap((from) =>
    everybody
      .filter((to) => from !== to && (isOurs(from) || isOurs(to)))
      .flatMap((to) =>
        PORTS.filter((port) => connects(policies, from, to, port) !== means(perimeter, from, to, port)).map(
          ({ protocol, port }) => `${from.name} -> ${to.name}: ${protocol} ${port}`,
        ),
      ),
  );
  expect(wrong).toEqual([]);
}

describe("who connects to whom", () => {
  test("is what any perimeter declares, and nothing else", () => {
    fc.assert(
      fc.property(clusterPerimeters(), (perimeter) => {
        expectAgreement(perimeter, policiesOf(perimeter), parties(perimeter, ARGS));
      }),
      { numRuns: 60 },
    );
  });

  test("ends for a pod in quarantine", () => {
    fc.assert(
      fc.property(clusterPerimeters(), (perimeter) => {
        const everybody = parties(perimeter, ARGS);
        const [first, ...others] = everybody as [Party, ...Party[]];
        const victim = { ...first, labels: { ...first.labels, [QUARANTINE]: "true" } };
        const policies = policiesOf(perimeter);
        for (const other of others)
          for (const port of PORTS)
            expect(connects(policies, victim, other, port) || connects(policies, other, victim, port)).toBe(false);
      }),
      { numRuns: 10 },
    );
  });

  test("leaves pods of the company's alone in a namespace that we share, and keeps them from ours", () => {
    const policies = policiesOf(SMALL, { ...ARGS, existingNamespaces: { back: "theirs" } });
    const pod = (name: string, labels = {}): Party => ({ name, namespace: "theirs", labels, address: "10.1.0.9" });
    const [theirs, another, room] = [pod("theirs"), pod("another"), pod("room", { [WORKLOAD]: "room" })];
    const port = { protocol: "TCP", port: 8080 };
    expect(connects(policies, theirs, another, port)).toBe(true);
    expect(connects(policies, theirs, { name: "host", address: "203.0.113.1" }, port)).toBe(true);
    expect(connects(policies, theirs, room, port)).toBe(false);
    expect(connects(policies, room, theirs, port)).toBe(false);
  });
});
