import { type KubernetesArgs, kubernetes, type Perimeter, ZeroTrustOpenClaw } from "../../lib";
import { validateKubernetes } from "../../lib/platforms/kubernetes/validate";
import { flow } from "../support/perimeters";
import { record } from "./support/mocks";

const API_SERVER = { addresses: ["10.0.0.1/32"] };

describe("settings for Kubernetes", () => {
  const perimeter: Perimeter = {
    trustDomain: "openclaw.internal",
    zones: [{ name: "public" }, { name: "agent" }],
    workloads: ["edge", "openclaw", "guard", "session-store", "egress"].map((name, i) => ({
      name,
      zone: i === 0 ? "public" : "agent",
      ports: { https: 8443 },
    })),
    flows: [flow("edge", "openclaw", "https", "mtls")],
    credentials: [],
  };
  const problems = (args: Partial<KubernetesArgs>, name = "assistant"): string[] => {
    try {
      validateKubernetes({ apiServer: API_SERVER, ...args }, name, perimeter);
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
    [{ autoscale: { edge: { min: 1, max: 2 } }, replicas: { edge: 2 } }, 'the number of "edge" is set by replicas too'],
  ])("%j are refused", (args, message) => {
    expect(problems(args)).toEqual([expect.stringContaining(message)]);
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
