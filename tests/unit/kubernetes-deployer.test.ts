import {
  deployerAccess,
  type KubernetesArgs,
  type KubernetesObject,
  kubernetes,
  openClawPerimeter,
  ZeroTrustOpenClaw,
  type ZeroTrustOpenClawArgs,
} from "../../lib";
import { COMPANY_ROOT } from "../support/company-root";
import { inCluster, kindOf, meta } from "./support/kubernetes";
import { type Recorded, record } from "./support/mocks";

const PLATFORM = kubernetes({
  apiServer: { addresses: ["10.0.0.1/32"] },
  prefix: "claw",
  replicas: { edge: 2 },
  autoscale: { egress: { min: 1, max: 2 } },
});
const ARGS: ZeroTrustOpenClawArgs = {
  platform: PLATFORM,
  publicUrl: "https://localhost:8443",
  roles: { operator: { groups: ["operators"] } },
  demo: { users: [] },
};
const PERIMETER = openClawPerimeter({
  trustDomain: "openclaw.internal",
  publicHost: "localhost",
  identityProvider: "demo",
  models: [{ port: "model-demo", host: "demo" }],
});
const PROXY = { namespace: "ingress", labels: { app: "controller" } };
const INGRESS = { kind: "ingress", className: "nginx", annotations: { "example.com/pass": "yes" }, proxy: PROXY };
const GATEWAY = { kind: "gateway", gateway: { name: "public", namespace: "gateways" }, proxy: PROXY };
const ISSUER = { name: "company", roots: [COMPANY_ROOT] };
const SUBJECT = { kind: "Group", name: "deployers" };

type Rules = KubernetesObject & {
  rules: { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] }[];
};

const resourceOf = (kind: string) => `${kind.toLowerCase()}s`.replace(/ys$/, "ies").replace(/sss$/, "sses");

describe("the rights of a deployer", () => {
  const objects = deployerAccess({ platform: PLATFORM, name: "assistant", perimeter: PERIMETER, subject: SUBJECT });
  const roles = objects.filter(({ kind }) => kind === "Role") as Rules[];
  const [everywhere] = objects.filter(({ kind }) => kind === "ClusterRole") as Rules[];
  let made: Recorded[];
  beforeAll(async () => {
    made = inCluster(await record(() => new ZeroTrustOpenClaw("assistant", ARGS)));
  });

  const may = (role: Rules | undefined, verb: string, group: string, resource: string, name?: string) =>
    role?.rules.some(
      (rule) =>
        rule.apiGroups.includes(group) &&
        rule.resources.includes(resource) &&
        rule.verbs.includes(verb) &&
        (rule.resourceNames === undefined || (name !== undefined && rule.resourceNames.includes(name))),
    ) ?? false;

  const lackingOf = (all: Recorded[], granted: KubernetesObject[]) =>
    all.flatMap((one) => {
      const { namespace, name } = meta(one);
      if (kindOf(one) === "Namespace") return [];
      const group = `${one.inputs.apiVersion}`.includes("/") ? `${one.inputs.apiVersion}`.split("/")[0] : "";
      const role = granted.find(({ kind, metadata }) =>
        namespace ? kind === "Role" && metadata.namespace === namespace : kind === "ClusterRole",
      ) as Rules | undefined;
      const verbs = ["create", "get", "patch", "delete"];
      const missing = verbs.filter((verb) => !may(role, verb, group as string, resourceOf(kindOf(one)), name));
      return missing.map((verb) => `${verb} ${kindOf(one)} ${namespace}/${name}`);
    });

  test("are enough for everything that a deployment makes", () => {
    expect(lackingOf(made, objects)).toEqual([]);
    expect(made.length).toBeGreaterThan(90);
  });

  test("make the namespaces that the deployment does not", () => {
    const namespaces = objects.filter(({ kind }) => kind === "Namespace");
    expect(namespaces.map(({ metadata }) => metadata.name)).toEqual(
      made.filter((one) => kindOf(one) === "Namespace").map((one) => meta(one).name),
    );
    for (const { metadata } of namespaces)
      expect(metadata.labels?.["pod-security.kubernetes.io/enforce"]).toBe("restricted");
  });

  test("are the rights it hands on to the trust controller, and those are all it can hand on", () => {
    for (const one of made.filter((role) => kindOf(role) === "Role")) {
      const own = roles.find(({ metadata }) => metadata.namespace === meta(one).namespace);
      for (const rule of one.inputs.rules as Rules["rules"])
        for (const verb of rule.verbs)
          for (const resource of rule.resources)
            expect([verb, resource, may(own, verb, rule.apiGroups[0] as string, resource)]).toEqual([
              verb,
              resource,
              true,
            ]);
    }
  });

  test("reach beyond its namespaces for named objects only", () => {
    for (const rule of everywhere?.rules ?? [])
      if (!rule.resourceNames) expect(rule.verbs).toEqual(["create"]);
      else for (const name of rule.resourceNames) expect(name).toMatch(/^claw-/);
    expect(everywhere?.rules.some(({ resources }) => resources.includes("secrets"))).toBe(false);
    const beside = roles.find(({ metadata }) => metadata.namespace === "cert-manager");
    expect(may(beside, "get", "", "secrets", "claw-internal")).toBe(true);
    expect(may(beside, "get", "", "secrets", "another")).toBe(false);
    expect(may(beside, "list", "", "secrets")).toBe(false);
  });

  const granted = (more: Partial<KubernetesArgs>) => {
    const platform = kubernetes({ apiServer: { addresses: ["10.0.0.1/32"] }, prefix: "claw", ...more });
    return {
      platform,
      rights: deployerAccess({ platform, name: "assistant", perimeter: PERIMETER, subject: SUBJECT }),
    };
  };

  test.each<[string, Partial<KubernetesArgs>]>([
    [
      "an ingress and an issuer that is there already",
      { entrance: { ...INGRESS, terminatesTls: { issuer: { name: "public" } } }, certManager: { issuer: ISSUER } },
    ],
    ["a gateway", { entrance: { ...GATEWAY, terminatesTls: {} } }],
    [
      "a store of secrets",
      { externalSecrets: { store: { name: "company" }, values: { "cookie-key": { key: "openclaw/login" } } } },
    ],
  ])("are enough with %s", async (_, more) => {
    const { platform, rights } = granted(more);
    const args = { ...ARGS, trustDomain: "assistant.example.com", platform };
    const all = inCluster(await record(() => new ZeroTrustOpenClaw("assistant", args)));
    expect(lackingOf(all, rights)).toEqual([]);
    // Whose issuer it is not, has no key of one.
    const beside = rights.filter(({ metadata }) => metadata.namespace === "cert-manager");
    expect(beside.length > 0).toBe(more.certManager === undefined);
  });

  test("are for what a deployment makes, and not for what another would", () => {
    const some = ["ingresses", "tlsroutes", "httproutes"];
    const may = (more: Partial<KubernetesArgs>) => {
      const [first] = granted(more).rights.filter(({ kind }) => kind === "Role") as Rules[];
      return some.filter((resource) => first?.rules.some(({ resources }) => resources.includes(resource)));
    };
    expect(may({})).toEqual([]);
    expect(may({ entrance: INGRESS })).toEqual(["ingresses"]);
    expect(may({ entrance: GATEWAY })).toEqual(["tlsroutes"]);
  });

  test("are for a cluster only", () => {
    expect(() =>
      deployerAccess({ platform: { docker: {} }, name: "assistant", perimeter: PERIMETER, subject: SUBJECT }),
    ).toThrow("only deployments to Kubernetes have such roles");
  });
});
