import {
  deployerAccess,
  type KubernetesObject,
  kubernetes,
  openClawPerimeter,
  ZeroTrustOpenClaw,
  type ZeroTrustOpenClawArgs,
} from "../../lib";
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
const SUBJECT = { kind: "Group", name: "deployers" };

type Rules = KubernetesObject & {
  rules: { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] }[];
};

const resourceOf = (kind: string) => `${kind.toLowerCase()}s`.replace(/ys$/, "ies");

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

  test("are enough for everything that a deployment makes", () => {
    const lacking = made.flatMap((one) => {
      const { namespace, name } = meta(one);
      if (kindOf(one) === "Namespace") return [];
      const group = `${one.inputs.apiVersion}`.includes("/") ? `${one.inputs.apiVersion}`.split("/")[0] : "";
      const role = namespace ? roles.find(({ metadata }) => metadata.namespace === namespace) : everywhere;
      const verbs = ["create", "get", "patch", "delete"];
      const missing = verbs.filter((verb) => !may(role, verb, group as string, resourceOf(kindOf(one)), name));
      return missing.map((verb) => `${verb} ${kindOf(one)} ${namespace}/${name}`);
    });
    expect(lacking).toEqual([]);
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

  test("are for a cluster only", () => {
    expect(() =>
      deployerAccess({ platform: { docker: {} }, name: "assistant", perimeter: PERIMETER, subject: SUBJECT }),
    ).toThrow("only deployments to Kubernetes have such roles");
  });
});
