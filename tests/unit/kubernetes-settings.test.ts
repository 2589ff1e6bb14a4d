import { type ExistingIssuerArgs, type KubernetesArgs, kubernetes, type Perimeter, ZeroTrustOpenClaw } from "../../lib";
import { validateKubernetes } from "../../lib/platforms/kubernetes/validate";
import { COMPANY_ROOT } from "../support/company-root";
import { flow } from "../support/perimeters";
import { record } from "./support/mocks";

const API_SERVER = { addresses: ["10.0.0.1/32"] };

describe("settings for Kubernetes", () => {
  const perimeter: Perimeter = {
    trustDomain: "assistant.example.com",
    zones: [{ name: "public" }, { name: "agent" }],
    workloads: ["edge", "openclaw", "guard", "session-store", "egress"].map((name, i) => ({
      name,
      zone: i === 0 ? "public" : "agent",
      ports: { https: 8443 },
    })),
    flows: [flow("edge", "openclaw", "https", "mtls")],
    credentials: [],
  };
  const problems = (args: Partial<KubernetesArgs>, name = "assistant", of = perimeter): string[] => {
    try {
      validateKubernetes({ apiServer: API_SERVER, ...args }, name, of);
      return [];
    } catch (error) {
      const { errors } = error as { errors: { propertyPath: string; reason: string }[] };
      return errors.map(({ propertyPath, reason }) => `${propertyPath.replace("platform.kubernetes.", "")} ${reason}`);
    }
  };

  test("that are fine pass", () => {
    expect(problems({})).toEqual([]);
    expect(
      problems({
        existingNamespaces: { agent: "theirs" },
        replicas: { guard: 2 },
        autoscale: { edge: { min: 1, max: 3 } },
        entrance: { kind: "node-port", nodePort: 30000, from: ["203.0.113.0/24"] },
      }),
    ).toEqual([]);
    expect(problems({ autoscale: { guard: { min: 2, max: 3 } } })).toEqual([]);
  });

  const proxy = { namespace: "ingress", labels: { app: "proxy" } };
  const annotations = { "nginx.ingress.kubernetes.io/ssl-passthrough": "true" };
  const ingress = { kind: "ingress", className: "nginx", annotations, proxy };
  const gateway = { name: "public", namespace: "gateways" };
  const issuer = (args: Partial<ExistingIssuerArgs>): Partial<KubernetesArgs> => ({
    certManager: { issuer: { name: "company", roots: [COMPANY_ROOT], ...args } },
  });

  describe("of credentials that are there already", () => {
    const login = { name: "openclaw-login", key: "client-secret" };
    const holders: Perimeter = {
      ...perimeter,
      workloads: perimeter.workloads.map((one) =>
        one.name === "edge" ? { ...one, credentials: ["client-secret", "cookie-key"] } : one,
      ),
      credentials: ["client-secret", "cookie-key"].map((name) => ({ name, opens: "Something." })),
    };
    const said = (args: Partial<KubernetesArgs>): string[] => problems(args, "assistant", holders);
    const store = { name: "company" };
    const values = { "cookie-key": { key: "openclaw/login", property: "cookie-key" } };

    test("pass, by one way or the other, and are enough where all must be", () => {
      expect(said({ existingSecrets: { "client-secret": login } })).toEqual([]);
      expect(said({ externalSecrets: { store, values } })).toEqual([]);
      const both = {
        existingSecrets: { "client-secret": login },
        externalSecrets: { store, values, refresh: "1h30m" },
      };
      expect(said({ ...both, requireSecretStore: true })).toEqual([]);
    });

    test.each<[Partial<KubernetesArgs>, string]>([
      [
        { existingSecrets: { "client-secrets": login } },
        'existingSecrets["client-secrets"] no workload holds a credential "client-secrets"; did you mean "client-secret"?',
      ],
      [
        { existingSecrets: { "client-secret": { ...login, name: "Login" } } },
        'existingSecrets["client-secret"].name "Login" is no name of a Secret',
      ],
      [
        { existingSecrets: { "client-secret": { ...login, key: "a/b" } } },
        'existingSecrets["client-secret"].key "a/b" is no key of a Secret\'s data',
      ],
      [
        { externalSecrets: { store: { name: "" }, values } },
        'externalSecrets.store.name "" is no name of a secret store',
      ],
      [
        { externalSecrets: { store: { ...store, kind: "ClusterSecretsStore" }, values } },
        'externalSecrets.store.kind "ClusterSecretsStore" is no kind of store; did you mean "ClusterSecretStore"?',
      ],
      [
        { externalSecrets: { store, values, refresh: "hourly" } },
        'externalSecrets.refresh "hourly" is no time; write it as "15m" or "1h"',
      ],
      [{ externalSecrets: { store, values: {} } }, "externalSecrets.values is empty"],
      [
        { externalSecrets: { store, values: { "cookie-key": { key: "" } } } },
        'externalSecrets.values["cookie-key"].key is missing',
      ],
      [
        { existingSecrets: { "cookie-key": login }, externalSecrets: { store, values } },
        'externalSecrets.values["cookie-key"] "cookie-key" is in existingSecrets too; keep one of them',
      ],
      [
        { externalSecrets: { store, values }, requireSecretStore: true },
        'requireSecretStore credential "client-secret" would be in the deployment\'s state; say where your store has it',
      ],
    ])("%j is refused", (args, reason) => {
      expect(said(args)).toEqual([expect.stringContaining(reason)]);
    });
  });

  test("of ways in and issuers that are there already pass", () => {
    const company = issuer({});
    const vendor = issuer({ group: "awspca.cert-manager.io", kind: "AWSPCAClusterIssuer" });
    const here = { ...issuer({ kind: "Issuer" }), existingNamespaces: { public: "one", agent: "two" } };
    for (const certificates of [company, vendor, here]) {
      expect(problems({ ...certificates, entrance: ingress })).toEqual([]);
      expect(problems({ ...certificates, entrance: { kind: "gateway", proxy, gateway, proxyProtocol: true } })).toEqual(
        [],
      );
    }
    const ends = { "nginx.ingress.kubernetes.io/backend-protocol": "HTTPS" };
    const terminatesTls = { issuer: { name: "public" } };
    expect(problems({ entrance: { ...ingress, annotations: ends, terminatesTls } })).toEqual([]);
  });

  test("with an issuer that signs for others need a trust domain of their own", () => {
    const shared = { ...perimeter, trustDomain: "openclaw.internal" };
    expect(() => validateKubernetes({ apiServer: API_SERVER, ...issuer({}) }, "assistant", shared)).toThrow(
      expect.objectContaining({
        errors: [
          {
            propertyPath: "platform.kubernetes.certManager.issuer",
            reason: expect.stringContaining("set a trustDomain of this one's own"),
          },
        ],
      }),
    );
  });

  test("find no way in by name where people call an address", () => {
    const [edge, ...others] = perimeter.workloads;
    const called: Perimeter = {
      ...perimeter,
      workloads: [{ ...edge, names: ["203.0.113.7"] } as Perimeter["workloads"][0], ...others],
      flows: [...perimeter.flows, flow("internet", "edge", "https", "tls+jwt")],
    };
    expect(() => validateKubernetes({ apiServer: API_SERVER, entrance: ingress }, "assistant", called)).toThrow(
      expect.objectContaining({
        errors: [
          {
            propertyPath: "platform.kubernetes.entrance.kind",
            reason: '"ingress" finds the way by a name, and people call 203.0.113.7; use a publicUrl with a DNS name',
          },
        ],
      }),
    );
  });

  test("make no object with a name that is too long, or that is none", () => {
    const long = { name: "w".repeat(53), zone: "agent", ports: {} };
    const workloads = [...perimeter.workloads, long];
    const refused = (name: string, args: Partial<KubernetesArgs> = {}) =>
      expect(() => validateKubernetes({ apiServer: API_SERVER, ...args }, name, { ...perimeter, workloads }));
    refused("assistant").toThrow(
      expect.objectContaining({
        errors: [{ propertyPath: expect.any(String), reason: expect.stringContaining("may have 52") }],
      }),
    );
    expect(problems({ prefix: "fine" }, "My Assistant")).toEqual([
      expect.stringContaining('the component\'s name "My Assistant" stands in names of objects, whatever the prefix'),
    ]);
  });
  test.each<[Partial<KubernetesArgs>, string]>([
    [{ apiServer: { addresses: [] } }, "apiServer.addresses is empty; name where the API server is"],
    [{ apiServer: { addresses: ["10.0.0.1"] } }, 'apiServer.addresses[0] "10.0.0.1" is no IPv4 range in CIDR notation'],
    [
      { apiServer: { addresses: ["10.0.0.1/24"] } },
      'apiServer.addresses[0] "10.0.0.1/24" has host bits set; use "10.0.0.0/24"',
    ],
    [
      { apiServer: { addresses: ["10.0.0.0/8"] } },
      'apiServer.addresses[0] "10.0.0.0/8" is more than an API server needs; use /16',
    ],
    [{ apiServer: { ...API_SERVER, port: 70000 } }, "apiServer.port 70000 is no TCP port"],
    [{ prefix: "My-Claw" }, 'prefix "My-Claw" cannot begin names of Kubernetes objects'],
    [{ prefix: "a".repeat(41) }, "at most 40"],
    [
      { existingPods: { gurad: { app: "x" } } },
      'existingPods["gurad"] there is no workload "gurad"; did you mean "guard"?',
    ],
    [
      { existingPods: { guard: { app: "x" } } },
      'existingPods["guard"] are in a namespace already; name it as existingNamesp',
    ],
    [
      { existingNamespaces: { agent: "theirs" }, existingPods: { guard: {} } },
      'existingPods["guard"] has no labels and would be every pod',
    ],
    [
      {
        existingNamespaces: { agent: "theirs" },
        existingPods: { guard: { app: "x", tier: "y" }, egress: { app: "x" } },
      },
      'existingPods["guard"] are pods of "egress" too',
    ],
    [
      { existingNamespaces: { agnet: "theirs" } },
      'existingNamespaces["agnet"] there is no zone "agnet"; did you mean "agent"?',
    ],
    [{ existingNamespaces: { agent: "Theirs" } }, 'existingNamespaces["agent"] "Theirs" is no name of a namespace'],
    [
      { existingNamespaces: { agent: "x", public: "x" } },
      'zones "public" and "agent" are both in "x", where nothing keeps them apart',
    ],
    [
      { existingNamespaces: { agent: "assistant-public" } },
      'zones "public" and "agent" are both in "assistant-public"',
    ],
    [
      { entrance: { kind: "loadbalancer" } },
      'entrance.kind "loadbalancer" is no way in; did you mean "load-balancer"?',
    ],
    [{ entrance: { nodePort: 30000 } }, 'entrance.nodePort is for kind "node-port"'],
    [
      { entrance: { kind: "node-port", nodePort: 443 } },
      "entrance.nodePort 443 is no port of nodes; use 30000 to 32767",
    ],
    [{ entrance: { from: ["anybody"] } }, 'entrance.from[0] "anybody" is no IPv4 range'],
    [{ entrance: { except: ["10.0.0.1/8"] } }, "entrance.except[0]"],
    [{ entrance: { proxy, from: ["10.0.0.0/8"] } }, "entrance.proxy lets that proxy in and nobody else"],
    [
      { replicas: { openclaw: 2 } },
      'replicas["openclaw"] "openclaw" has one replica, because its state has one writer',
    ],
    [{ replicas: { "session-store": 2 } }, "because its sessions are in its own memory"],
    [{ replicas: { gaurd: 2 } }, 'replicas["gaurd"] there is no workload "gaurd"; did you mean "guard"?'],
    [{ replicas: { edge: 0 } }, 'replicas["edge"] 0 is no number of replicas'],
    [
      { autoscale: { openclaw: { min: 1, max: 2 } } },
      '"openclaw" cannot have an autoscaler, because its state has one writer',
    ],
    [
      { entrance: { from: ["203.0.113.0/24"], except: ["10.0.0.0/8"] } },
      'entrance.except[0] "10.0.0.0/8" is in no range that may come in',
    ],
    [
      { entrance: { from: ["203.0.113.0/24", "10.1.0.0/16"], except: ["10.0.0.0/8"] } },
      'entrance.except[0] "10.0.0.0/8" takes away all of "10.1.0.0/16"',
    ],
    [{ autoscale: { edge: { min: 3, max: 2 } } }, 'autoscale["edge"] from 3 to 2 is no range of replicas'],
    [{ autoscale: { edge: { min: 1, max: 2, cpuPercent: 0 } } }, "0 is no percentage of CPU"],
    [{ storageClass: "Fast Disks" }, 'storageClass "Fast Disks" is no name'],
    [{ runtimeClassName: "g_visor" }, 'runtimeClassName "g_visor" is no name'],
    [{ imagePullSecrets: ["Registry"] }, 'imagePullSecrets[0] "Registry" is no name of a Secret'],
    [{ labels: { team: "our team" } }, 'labels["team"] "our team" is no value of a label'],
    [{ labels: { "a/b/c": "x" } }, 'labels["a/b/c"] is no key'],
    [{ labels: { "zero-trust-openclaw/workload": "edge" } }, "is one by which parts of this deployment are known"],
    [
      { nodeSelector: { gpu: true as unknown as string } },
      'nodeSelector["gpu"] true is no text; put it between quotes',
    ],
    [{ tolerations: [{ effect: "NoStart" }] }, 'tolerations[0].effect "NoStart" is no effect of a taint'],
    [{ existingNamespaces: { agent: "kube-system" } }, '"kube-system" is for parts of the cluster itself'],
    [{ existingNamespaces: { agent: "cert-manager" } }, '"cert-manager" is for parts of the cluster itself'],
    [
      { entrance: { kind: "ingress", proxy, annotations } },
      "entrance.className is missing; name one that the cluster has",
    ],
    [
      { entrance: { ...ingress, className: "My Class" } },
      'entrance.className "My Class" is no name of an ingress class',
    ],
    [
      { entrance: { ...ingress, annotations: {} } },
      "entrance.annotations is missing, and without it controllers end TLS",
    ],
    [{ entrance: { ...ingress, proxy: undefined } }, "entrance.proxy is missing; name the pods of the controller"],
    [
      { entrance: { ...ingress, proxy: { ...proxy, labels: {} } } },
      "entrance.proxy.labels is empty, and would let every pod of that namespace in",
    ],
    [
      { entrance: { ...ingress, annotations: { "nginx.ingress.kubernetes.io/backend-protocol": "HTTPS" } } },
      "is for a controller that ends people's TLS and reads everything; remove it, or say terminatesTls",
    ],
    [
      { entrance: { ...ingress, annotations: { "example.com/pass": true as unknown as string } } },
      'entrance.annotations["example.com/pass"] true is no text',
    ],
    [{ entrance: { ...ingress, terminatesTls: {} } }, "entrance.terminatesTls.issuer is missing"],
    [
      { entrance: { ...ingress, terminatesTls: { issuer: { name: "public", kind: "Clusterissuer" } } } },
      'entrance.terminatesTls.issuer.kind "Clusterissuer" is no issuer of cert-manager.io; did you mean "ClusterIssuer"?',
    ],
    [
      { entrance: { ...ingress, proxyProtocol: true, terminatesTls: { issuer: { name: "public" } } } },
      "entrance.proxyProtocol is for TLS that is passed through",
    ],
    [{ entrance: { proxyProtocol: true } }, "entrance.proxyProtocol lets whoever comes in say who it is"],
    [{ entrance: { className: "nginx" } }, 'entrance.className is for kind "ingress"; remove it, or use that kind'],
    [{ entrance: { terminatesTls: {} } }, 'entrance.terminatesTls is for kind "ingress" or "gateway"'],
    [{ entrance: { ...ingress, gateway } }, 'entrance.gateway is for kind "gateway"'],
    [{ entrance: { kind: "gateway", proxy } }, "entrance.gateway is missing; name the gateway"],
    [
      { entrance: { kind: "gateway", proxy, gateway: { ...gateway, name: "" } } },
      'entrance.gateway.name "" is no name',
    ],
    [
      { entrance: { kind: "gateway", proxy, gateway: { ...gateway, tlsRouteVersion: "1" } } },
      'entrance.gateway.tlsRouteVersion "1" is no version',
    ],
    [
      { entrance: { kind: "gateway", proxy, gateway, terminatesTls: { issuer: { name: "public" } } } },
      'entrance.terminatesTls.issuer is for kind "ingress"; a gateway has the certificate in its listener',
    ],
    [{ autoscale: { edge: { min: 1, max: 2 } }, replicas: { edge: 2 } }, 'the number of "edge" is set by replicas too'],
  ])("%j are refused", (args, message) => {
    expect(problems(args)).toEqual([expect.stringContaining(message)]);
  });

  test.each<[Partial<ExistingIssuerArgs>, string]>([
    [{ roots: [] }, "certManager.issuer.roots is missing; give the PEM of each root"],
    [{ roots: ["nonsense"] }, "certManager.issuer.roots[0] has no certificate; give PEM"],
    [{ name: "The Issuer" }, 'certManager.issuer.name "The Issuer" is no name of an issuer'],
    [{ kind: "Acme" }, 'certManager.issuer.kind "Acme" is no issuer of cert-manager.io'],
    [{ group: "vendor" }, 'certManager.issuer.group "vendor" is no API group'],
    [{ kind: "Issuer" }, '"Issuer" signs in its own namespace only, and "public", "agent" would be new ones'],
    [{ requesters: ["it's me"] }, 'certManager.issuer.requesters[0] "it\'s me" is no user of the cluster'],
  ])("of an issuer with %j are refused", (args, message) => {
    expect(problems(issuer(args))).toEqual([expect.stringContaining(message)]);
  });

  test("make no namespace with a name that is too long", () => {
    const zones = [...perimeter.zones, { name: "z".repeat(60) }];
    expect(() => validateKubernetes({ apiServer: API_SERVER }, "assistant", { ...perimeter, zones })).toThrow(
      expect.objectContaining({
        errors: [
          {
            propertyPath: "platform.kubernetes.prefix",
            reason: expect.stringContaining("70 characters and may have 63"),
          },
        ],
      }),
    );
  });

  test("are all named at once, and before anything is made", async () => {
    expect(problems({ apiServer: { addresses: [] }, prefix: "_", replicas: { edge: -1 } })).toHaveLength(3);
    const args = {
      publicUrl: "https://localhost:30843",
      roles: { operator: { groups: ["some"] } },
      demo: { users: [] },
    };
    const platform = kubernetes({ apiServer: { addresses: [] } });
    const refused = record(() => new ZeroTrustOpenClaw("assistant", { ...args, platform }));
    await expect(refused).rejects.toThrow("the settings for Kubernetes are not usable");
  });
});
