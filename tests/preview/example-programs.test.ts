import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, mock, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import type { PolicySpec } from "../../lib/platforms/kubernetes/policies";
import { type Recorded, record } from "../unit/support/mocks";
import { connects, type Party } from "../unit/support/network-policies";
import { intermediateOutputs } from "./support/intermediate";

const EXAMPLES = join(__dirname, "../../examples");
const SECRETS = { clientSecret: "very secret client", openaiApiKey: "very secret key" };
const CONFIG = { kubeconfig: "{}", platformStack: "organization/platform/production", ...SECRETS };

/** What the provider of the examples says of itself to whoever asks. */
const DISCOVERY = {
  issuer: "https://login.example.com",
  authorization_endpoint: "https://login.example.com/authorize",
  token_endpoint: "https://login.example.com/token",
  jwks_uri: "https://login.example.com/keys",
};
const unhandled: unknown[] = [];
const keep = (reason: unknown) => unhandled.push(reason);

before(() => {
  mock.method(globalThis, "fetch", async () => Response.json(DISCOVERY));
  process.on("unhandledRejection", keep);
});
after(() => {
  mock.restoreAll();
  process.off("unhandledRejection", keep);
});

/** Runs an example's program once more, and the library it imports not. */
async function run(name: string, { preview = false } = {}): Promise<{ made: Recorded[]; outputs: Outputs }> {
  const path = require.resolve(join(EXAMPLES, name));
  let outputs: Outputs = {};
  setConfig();
  const made = await record(
    () => {
      delete require.cache[path];
      outputs = require(path);
    },
    { preview, stackOutputs: await intermediateOutputs() },
  );
  return { made, outputs };
}
/** As they are, and as a Secret of Kubernetes has them. */
const WORDS = Object.values(SECRETS).flatMap((one) => [one, Buffer.from(one).toString("base64")]);
type Outputs = Record<string, unknown>;

function setConfig(): void {
  const named = (keys: string[]) => keys.map((key) => `project:${key}`);
  const all = Object.fromEntries(Object.entries(CONFIG).map(([key, value]) => [`project:${key}`, value]));
  pulumi.runtime.setAllConfig(all, named(Object.keys(SECRETS)));
}

const ofType = (all: Recorded[], suffix: string) => all.filter(({ type }) => type.endsWith(suffix));
const PROGRAMS = [
  ...["00-readme/segmented-network", "00-readme/six-arguments"],
  ...readdirSync(EXAMPLES).filter((name) => /^\d/.test(name) && name !== "00-readme" && !name.startsWith("08-")),
];

describe("an example", () => {
  for (const name of PROGRAMS)
    for (const preview of [true, false])
      test(`${name} ${preview ? "can be previewed" : "is deployed"}, its secrets as secrets`, async () => {
        const { made } = await run(name, { preview });
        // What goes wrong while values are put together is told by nobody else.
        assert.deepEqual(unhandled.splice(0), []);
        assert.ok(made.length > 10, `${made.length} resources`);
        for (const { inputs, secrets, name: resource } of made)
          for (const [path, text] of leaves(inputs))
            if (WORDS.some((word) => text.includes(word)))
              assert.ok(
                secrets.some(
                  (secret) => path === secret || path.startsWith(`${secret}.`) || path.startsWith(`${secret}[`),
                ),
                `${resource}: ${path} is not secret`,
              );
      });
});

function leaves(value: unknown, path = ""): [string, string][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) =>
    leaves(one, Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key),
  );
}

describe("03-segmented-network", () => {
  const policiesOf = (made: Recorded[]): PolicySpec[] =>
    ofType(made, ":NetworkPolicy").map(({ inputs }) => {
      const { metadata, spec } = inputs as { metadata: { name: string; namespace: string }; spec: PolicySpec["spec"] };
      return { ...metadata, spec };
    });
  const party = (name: string, namespace: string, labels: Record<string, string>): Party => ({
    name,
    namespace,
    labels,
    address: "10.1.2.3",
  });
  const shop = party("shop", "shop-web", { app: "shop", "pod-template-hash": "1" });
  const orders = party("orders", "shop-api", { app: "orders", tier: "backend" });
  const database = party("database", "shop-data", { "app.kubernetes.io/name": "postgresql" });
  const other = party("other", "shop-web", { app: "blog" });
  const tcp = (port: number) => ({ protocol: "TCP", port });

  test("opens what is declared between the company's own pods, and nothing else", async () => {
    const { made } = await run("03-segmented-network");
    const policies = policiesOf(made);
    const may = (from: Party, to: Party, port: number) => connects(policies, from, to, tcp(port));
    assert.ok(may(shop, orders, 8443));
    assert.ok(may(orders, database, 5432));
    assert.ok(!may(shop, database, 5432));
    assert.ok(!may(shop, orders, 9000));
    assert.ok(!may(orders, shop, 8443));
    assert.ok(!may(other, orders, 8443));
    assert.ok(!may(database, { name: "outside", address: "203.0.113.9" }, 443));
    const quarantined = { ...shop, labels: { ...shop.labels, "zero-trust-openclaw/quarantine": "true" } };
    assert.ok(!may(quarantined, orders, 8443));
  });

  test("leaves alone what it was not told of, and lets its own look up the names of Services", async () => {
    const policies = policiesOf((await run("03-segmented-network")).made);
    const dns = party("dns", "kube-system", { "k8s-app": "kube-dns" });
    assert.ok(connects(policies, other, { name: "outside", address: "203.0.113.9" }, tcp(443)));
    assert.ok(connects(policies, shop, dns, { protocol: "UDP", port: 53 }));
    assert.ok(!connects(policies, database, dns, { protocol: "UDP", port: 53 }));
  });

  test("makes policies only: no namespace, no Service, nothing that runs", async () => {
    const { made } = await run("03-segmented-network");
    const types = [...new Set(made.map(({ type }) => type).filter((type) => type.startsWith("kubernetes:")))];
    assert.deepEqual(types, ["kubernetes:networking.k8s.io/v1:NetworkPolicy"]);
  });
});

describe("04-auth-proxy", () => {
  interface EnvoyConfig {
    static_resources: {
      listeners: { filter_chains: { filters: { typed_config: Hcm }[] }[] }[];
      clusters: { name: string; transport_socket?: object; load_assignment: object }[];
    };
  }
  interface Hcm {
    http_filters: { name: string; typed_config: Record<string, unknown> }[];
    route_config: { virtual_hosts: { domains: string[]; routes: Route[] }[] };
  }
  interface Route {
    name: string;
    match: { filter_state?: { key: string }[] };
    route?: { cluster: string };
    direct_response?: { status: number };
    redirect?: Record<string, unknown>;
    request_headers_to_remove?: string[];
    request_headers_to_add?: { header: { key: string; value: string } }[];
  }

  const configOf = (made: Recorded[], namespace: string): EnvoyConfig => {
    const files = ofType(made, ":Secret").filter(
      ({ inputs }) => (inputs.metadata as { namespace?: string })?.namespace === namespace,
    );
    const contents = files.flatMap(({ inputs }) => Object.values((inputs.data ?? {}) as Record<string, string>));
    const texts = contents.map((one) => Buffer.from(one, "base64").toString());
    const text = texts.find((one) => one.includes("static_resources"));
    assert.ok(text, `no configuration of Envoy in ${namespace}`);
    return JSON.parse(text) as EnvoyConfig;
  };

  test("lets whoever has a role go on to the application, told who it is, and nobody else", async () => {
    const config = configOf((await run("04-auth-proxy")).made, "wiki");
    const [chain] = config.static_resources.listeners[0]?.filter_chains ?? [];
    const hosts = chain?.filters[0]?.typed_config.route_config.virtual_hosts ?? [];
    const routes = hosts.map((host) => host.routes).find((some) => some.some(({ name }) => name === "app")) ?? [];
    const after = routes.slice(routes.findIndex(({ name }) => name === "app"));
    assert.deepEqual(
      after.map(({ name, direct_response }) => [name, direct_response?.status]),
      [
        ["app", undefined],
        ["lacks_mfa", 403],
        ["no_role", 403],
        ["address_not_verified", 403],
      ],
    );
    const app = after[0] as Route;
    assert.equal(app.route?.cluster, "pages");
    assert.deepEqual(
      app.match.filter_state?.map(({ key }) => key),
      ["zt.user", "zt.roles"],
    );
    const told = Object.fromEntries((app.request_headers_to_add ?? []).map(({ header }) => [header.key, header.value]));
    assert.match(told["x-auth-request-user"] ?? "", /zt\.user/);
    assert.match(told["x-auth-request-roles"] ?? "", /zt\.roles/);
    assert.ok(!routes.some(({ name }) => name === "start"), "OpenClaw's first page is nobody else's");
    const out = routes.find(({ name }) => name === "sign_out")?.redirect;
    assert.equal(out?.host_redirect, "wiki.example.com");
  });

  test("calls it plainly at its own Service, as the perimeter says, and never passes a token on", async () => {
    const { made } = await run("04-auth-proxy");
    const config = configOf(made, "wiki");
    const pages = config.static_resources.clusters.find(({ name }) => name === "pages");
    assert.equal(pages?.transport_socket, undefined);
    assert.match(JSON.stringify(pages?.load_assignment), /"port_value":80\b/);
    assert.equal(made.find(({ id }) => id === "wiki/pages")?.type, "kubernetes:core/v1:Service");
    const verify = JSON.stringify(config.static_resources.listeners);
    assert.match(verify, /"forward":false/);
    assert.doesNotMatch(verify, /jwt_cache_config/);
  });

  test("has no name of OpenClaw's perimeter in it", async () => {
    const { made } = await run("04-auth-proxy");
    const running = [...ofType(made, ":Deployment"), ...ofType(made, ":StatefulSet")];
    assert.deepEqual(running.map(({ inputs }) => (inputs.metadata as { name: string }).name).sort(), [
      "forwarder",
      "front-door",
    ]);
    const identities = JSON.stringify(ofType(made, ":Certificate").map(({ inputs }) => inputs));
    assert.doesNotMatch(identities, /\/(edge|guard|openclaw|egress)"/);
  });
});

test("06-platform-stack issues by the platform's intermediate, and trusts its root", async () => {
  const { made, outputs } = await run("06-platform-stack");
  assert.deepEqual(ofType(made, "tls:index/selfSignedCert:SelfSignedCert"), []);
  const trusted = await new Promise((resolve) => (outputs.trustBundle as pulumi.Output<string>).apply(resolve));
  assert.match(String(trusted), /BEGIN CERTIFICATE/);
  assert.ok(made.some(({ type, name }) => type.endsWith(":StackReference") && name === CONFIG.platformStack));
});

test("07-adopt takes namespace and claim as they are, and gives the claim to OpenClaw", async () => {
  const { made } = await run("07-adopt");
  const imported = made.filter(({ id }) => id).map(({ type, id }) => [type, id]);
  assert.deepEqual(imported, [
    ["kubernetes:core/v1:Namespace", "openclaw"],
    ["kubernetes:core/v1:PersistentVolumeClaim", "openclaw/openclaw-home-pvc"],
  ]);
  const openclaw = made.find(
    ({ type, inputs }) => type.endsWith(":StatefulSet") && (inputs.metadata as { name: string }).name === "openclaw",
  )?.inputs as { metadata: { namespace: string }; spec: Spec } | undefined;
  assert.equal(openclaw?.metadata.namespace, "openclaw");
  assert.deepEqual(openclaw?.spec.volumeClaimTemplates, []);
  const claims = openclaw?.spec.template.spec.volumes.flatMap(
    ({ persistentVolumeClaim }) => persistentVolumeClaim ?? [],
  );
  assert.deepEqual(claims, [{ claimName: "openclaw-home-pvc" }]);
});

interface Spec {
  volumeClaimTemplates: object[];
  template: { spec: { volumes: { persistentVolumeClaim?: object }[] } };
}
