import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ask, openBrowser } from "../../testbed/client/http";
import { signIn } from "../../testbed/client/sign-in";
import type { Cluster } from "../../testbed/cluster";
import { forward } from "../../testbed/cluster/forward";
import { removeObjects, unknownObjects } from "../../testbed/cluster/leftover-objects";
import { imagesFor } from "../../testbed/images/catalogue";
import { StateDirectory } from "../../testbed/paths";
import { Progress } from "../../testbed/progress";
import { sleep } from "../../testbed/sleep";
import { ensureEngine } from "../../testbed/steps/engine";
import { ensureImages } from "../../testbed/steps/images";
import { Hands } from "./support/cluster";
import { connects, controller, namespace } from "./support/controller";
import { kinds, Operator, secretStore } from "./support/secret-store";
import { ROOT, stackIn, theCluster } from "./support/stack";

/** Beside the other tests' deployment, with a state and a port of its own. */
const PREFIX = "parts";
const TRUST_DOMAIN = "parts.example.com";
const PORT = 30853;
const COMPANY = `${PREFIX}-company`;
/** From a change of a Secret until the pods that mount it have it: the kubelet looks once a minute at the least. */
const BROUGHT_MS = 120_000;
const INGRESS = { namespace: `${PREFIX}-ingress`, labels: { app: "controller" } };
const STRANGERS = `${PREFIX}-strangers`;
const EXISTING = `${PREFIX}-their-egress`;
const EDGE = `spiffe://${TRUST_DOMAIN}/public/edge`;

const stack = stackIn(".state/test-parts");

const SETTINGS = {
  "kubernetes.prefix": PREFIX,
  publicUrl: `https://localhost:${PORT}`,
  trustDomain: TRUST_DOMAIN,
  "kubernetes.certManager.issuer.name": COMPANY,
  "kubernetes.existingNamespaces.egress": EXISTING,
  "kubernetes.entrance.kind": "ingress",
  "kubernetes.entrance.className": COMPANY,
  'kubernetes.entrance.annotations["example.com/tls"]': "passed-through",
  "kubernetes.entrance.proxy.namespace": INGRESS.namespace,
  "kubernetes.entrance.proxy.labels.app": INGRESS.labels.app,
  "kubernetes.entrance.proxyProtocol": "true",
  "kubernetes.externalSecrets.store.name": COMPANY,
  'kubernetes.externalSecrets.values["cookie-key"].key': "openclaw/login",
  'kubernetes.externalSecrets.values["cookie-key"].property': "cookie-key",
};

/** An authority and a controller as a company has them, made by hand. */
const AUTHORITY: object[] = [
  {
    apiVersion: "cert-manager.io/v1",
    kind: "Issuer",
    metadata: { name: `${COMPANY}-beginning`, namespace: "cert-manager" },
    spec: { selfSigned: {} },
  },
  {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: { name: COMPANY, namespace: "cert-manager" },
    spec: {
      isCA: true,
      commonName: "company root",
      secretName: COMPANY,
      privateKey: { algorithm: "ECDSA", size: 256 },
      issuerRef: { name: `${COMPANY}-beginning`, kind: "Issuer" },
    },
  },
  {
    apiVersion: "cert-manager.io/v1",
    kind: "ClusterIssuer",
    metadata: { name: COMPANY },
    spec: { ca: { secretName: COMPANY } },
  },
];
const CLASS = {
  apiVersion: "networking.k8s.io/v1",
  kind: "IngressClass",
  metadata: { name: COMPANY },
  spec: { controller: "example.com/controller" },
};
const NAMESPACES = [namespace(INGRESS.namespace), namespace(STRANGERS), namespace(EXISTING)];

describe("a deployment around parts that are there already", () => {
  let cluster: Cluster;
  let hands: Hands;
  let images: Record<string, string>;
  let roots: string;
  const cookieKey = () => randomBytes(32).toString("hex");
  const values = { "openclaw/login cookie-key": cookieKey() };
  let operator: Operator;

  const wish = (where: string, name: string, spec: Record<string, unknown>) => ({
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: { name, namespace: where },
    spec: { secretName: name, issuerRef: { name: COMPANY, kind: "ClusterIssuer" }, ...spec },
  });
  const issued = (where: string, name: string) =>
    hands.tried("wait", "--namespace", where, `certificate/${name}`, "--for", "condition=Ready", "--timeout", "30s");
  const removeAll = async () => {
    await stack.down();
    await removeObjects(cluster.kubectl, await unknownObjects(cluster.kubectl, PREFIX, []));
    await hands.remove({ apiVersion: "v1", kind: "List", items: [...NAMESPACES, CLASS, ...AUTHORITY] });
    await hands.tried(...["delete", "crd", "--ignore-not-found", "--selector", `test=${PREFIX}`]);
    await hands.tried("delete", "secret", "--namespace", "cert-manager", COMPANY, "--ignore-not-found");
  };

  before(async () => {
    cluster = await theCluster();
    const progress = new Progress(2, new StateDirectory(join(ROOT, ".state")).logs, process.stderr, true);
    const { docker } = await progress.step("Docker engine", ensureEngine);
    await progress.step("Images", (step) => ensureImages(docker, step, undefined, "kubernetes"));
    const wanted = imagesFor(undefined, "kubernetes");
    const names = await cluster.importImages(
      docker,
      wanted.map(({ name }) => name),
    );
    images = Object.fromEntries(wanted.map(({ key, name }) => [key, names[name] ?? name]));
    const nobody = { trustDomain: TRUST_DOMAIN, zones: [], workloads: [], flows: [], credentials: [] };
    hands = new Hands({ ...cluster, kubectl: cluster.kubectl.path }, PREFIX, nobody);
    await removeAll();
    operator = new Operator(hands, COMPANY, values);
    await hands.apply({ apiVersion: "v1", kind: "List", items: AUTHORITY });
    await hands.kubectl("wait", `clusterissuer/${COMPANY}`, "--for", "condition=Ready", "--timeout", "60s");
    ({ "tls.crt": roots = "" } = await hands.secret("cert-manager", COMPANY));
  });

  after(async () => {
    if (hands) await removeAll();
  });

  test("is refused as a whole, with everything that is in its way, before anything is made", async () => {
    await hands.apply(namespace(`${PREFIX}-agent`));
    try {
      const { code, output } = await stack.up({
        ...SETTINGS,
        "kubernetes.certManager.issuer.name": `${COMPANY}-not`,
        "kubernetes.certManager.issuer.roots[0]": roots,
        "kubernetes.storageClass": "not-there",
      });
      assert.notEqual(code, 0);
      for (const said of [
        "The cluster is not as this deployment needs it, so nothing was made",
        "StorageClass not-there is not there; set kubernetes.storageClass to one of",
        `IngressClass ${COMPANY} is not there; set kubernetes.entrance.className`,
        `ClusterIssuer ${COMPANY}-not is not there`,
        `Namespace ${EXISTING} is not there; make it first`,
        `Namespace ${PREFIX}-agent is there already and is somebody else's; choose another kubernetes.prefix`,
      ])
        assert.ok(output.includes(said), `${said}\nis not in\n${output}`);
      // Whoever removes a kind from a cluster is remembered for a while to have it.
      assert.match(output, /ClusterSecretStore( of \S+: the cluster does not know this kind| \S+ is not there)/);
      const left = await cluster.kubectl.get<{ items: object[] }>([
        "namespaces,validatingadmissionpolicies",
        "--selector",
        `app.kubernetes.io/part-of=${PREFIX}`,
      ]);
      assert.deepEqual(left.items, []);
    } finally {
      await hands.remove(namespace(`${PREFIX}-agent`));
      await stack.down();
    }
  });

  test("comes up, and a chat works through the controller, by certificates of the company's issuer", async () => {
    await hands.apply({ apiVersion: "v1", kind: "List", items: [...NAMESPACES, CLASS, ...kinds({ test: PREFIX })] });
    await hands.kubectl(
      "wait",
      "crd",
      "--selector",
      `test=${PREFIX}`,
      "--for",
      "condition=Established",
      "--timeout",
      "30s",
    );
    await hands.apply(secretStore(COMPANY));
    const to = { host: `edge-entrance.${PREFIX}-public.svc.cluster.local`, port: PORT };
    const parts = controller({ ...INGRESS, name: "controller" }, images.envoy as string, { nodePort: PORT, to });
    await hands.apply({ apiVersion: "v1", kind: "List", items: parts });
    const { code, output } = await operator.during(
      stack.up({ ...SETTINGS, "kubernetes.certManager.issuer.roots[0]": roots }),
    );
    assert.equal(code, 0, output);
    assert.match(output, /got an answer after/);
    const own = await hands.tried("get", "clusterissuer", `${PREFIX}-internal`);
    assert.match(own.output, /not found/);
    assert.match(
      (await hands.tried("get", "secret", "--namespace", "cert-manager", `${PREFIX}-internal`)).output,
      /not found/,
    );
    assert.equal((await stack.trusted()).trim(), roots.trim());
    const [route] = await hands.get<{ spec: object }>("ingresses", "--namespace", `${PREFIX}-public`);
    assert.deepEqual(Object.keys(route?.spec ?? {}).sort(), ["ingressClassName", "rules"]);
  });

  test("knows people's addresses, which the controller says before each connection", async () => {
    const said = await hands.kubectl(
      "logs",
      "--namespace",
      `${PREFIX}-public`,
      "deployment/edge",
      "--container",
      "edge",
    );
    const clients = [...said.matchAll(/"client":"([^"]+)"/g)].map(([, address]) => address);
    const address = await hands.kubectl(
      ...["get", "pod", "--namespace", INGRESS.namespace, "controller", "--output", "jsonpath={.status.podIP}"],
    );
    assert.ok(clients.length > 0);
    assert.ok(!clients.includes(address), `people have the controller's address ${address}`);
  });

  test("has the cookies' key from the company's store alone, and uses another one without a restart", async () => {
    assert.ok(!(await stack.exported()).includes(values["openclaw/login cookie-key"]), "the key is in the state");
    const where = ["--namespace", `${PREFIX}-public`];
    const running = () =>
      hands.kubectl(
        ...["get", "pods", ...where, "--selector", "zero-trust-openclaw/workload=edge", "--output"],
        "jsonpath={range .items[*]}{.metadata.uid} {.status.containerStatuses[*].restartCount}{end}",
      );
    const before = await running();
    const { url, users } = await stack.outputs();
    const user = users.find(({ role }) => role === "operator");
    assert.ok(user);
    const way = await forward(PORT, cluster.nodeAddress);
    try {
      const browser = openBrowser(url, roots);
      assert.equal((await signIn(browser, user)).status, 200);
      assert.equal((await ask(browser, "/new")).status, 200);
      values["openclaw/login cookie-key"] = cookieKey();
      await operator.bring();
      // The kubelet brings it.
      for (const limit = Date.now() + BROUGHT_MS; (await ask(browser, "/new")).status === 200; await sleep(500))
        assert.ok(Date.now() < limit, "sessions of the old key are still good");
      const again = openBrowser(url, roots);
      assert.equal((await signIn(again, user)).status, 200);
    } finally {
      await way.close();
    }
    assert.equal(await running(), before);
  });

  test("lets the controller's pods in and no others", async () => {
    const where = ["--namespace", `${PREFIX}-public`];
    const pod = await hands.kubectl("get", "pods", ...where, "--output", "jsonpath={.items[0].status.podIP}");
    const service = await hands.kubectl(
      ...["get", "service", ...where, "edge-entrance", "--output", "jsonpath={.spec.clusterIP}"],
    );
    const tools = images.workloadTools as string;
    for (const target of [`${pod}:8443`, `${service}:${PORT}`]) {
      const from = (caller: { namespace: string; labels: Record<string, string> }) =>
        connects(hands, caller, tools, target);
      assert.equal(await from(INGRESS), true, "the controller");
      assert.equal(await from({ ...INGRESS, labels: { app: "another" } }), false, "another pod beside it");
      assert.equal(await from({ ...INGRESS, namespace: STRANGERS }), false, "one labelled as it elsewhere");
    }
  });

  describe("keeps its names at the company's issuer", () => {
    const short = { duration: "1h0m0s", renewBefore: "20m0s", privateKey: { rotationPolicy: "Always" } };
    const wishes: [string, () => object][] = [
      ["an identity of ours", () => wish(STRANGERS, "wish", { ...short, uris: [EDGE] })],
      ["one in other letters", () => wish(STRANGERS, "wish", { ...short, uris: [EDGE.replace("parts", "PARTS")] })],
      ["one nobody has", () => wish(STRANGERS, "wish", { ...short, uris: [`spiffe://${TRUST_DOMAIN}/any`] })],
      [
        "an identity of ours at another issuer",
        () => wish(STRANGERS, "wish", { ...short, uris: [EDGE], issuerRef: { name: "own", kind: "Issuer" } }),
      ],
      ["a workload's name", () => wish(STRANGERS, "wish", { dnsNames: ["guard"] })],
      ["a workload's name beside one's own", () => wish(STRANGERS, "wish", { dnsNames: ["a.example.com", "Edge"] })],
      ["the name that people call", () => wish(STRANGERS, "wish", { dnsNames: ["localhost"] })],
      ["a common name of ours", () => wish(STRANGERS, "wish", { commonName: "openclaw", dnsNames: ["a.example.com"] })],
      ["a certificate that signs others", () => wish(STRANGERS, "wish", { isCA: true, commonName: "a" })],
      ["another workload's identity, among ours", () => wish(EXISTING, "wish", { ...short, uris: [EDGE] })],
      [
        "one's own identity for longer",
        () => wish(`${PREFIX}-public`, "wish", { ...short, duration: "48h0m0s", uris: [EDGE] }),
      ],
    ];
    for (const [what, object] of wishes) {
      test(`${what} is refused`, async () => {
        const said = await hands.refused(object());
        assert.match(said ?? "granted", /denied request/);
      });
    }

    test("others get theirs, for as long as they like", async () => {
      const theirs = { duration: "2160h0m0s", dnsNames: ["shop.example.com"], uris: ["spiffe://shop.example.com/web"] };
      for (const [where, name] of [
        [STRANGERS, "shop"],
        [EXISTING, "theirs"],
      ] as const) {
        assert.equal(await hands.refused(wish(where, name, theirs)), undefined);
        assert.equal((await issued(where, name)).code, 0);
      }
      const { "tls.crt": leaf } = await hands.secret(STRANGERS, "shop");
      assert.match(leaf ?? "", /BEGIN CERTIFICATE/);
    });

    test("one's own is granted", async () => {
      assert.equal(await hands.refused(wish(`${PREFIX}-public`, "wish", { ...short, uris: [EDGE] })), undefined);
      assert.equal((await issued(`${PREFIX}-public`, "wish")).code, 0);
      await hands.tried("delete", "certificate,secret", "--namespace", `${PREFIX}-public`, "wish");
    });

    test("nobody goes around by a request of their own", async () => {
      const said = await hands.refused({
        apiVersion: "cert-manager.io/v1",
        kind: "CertificateRequest",
        metadata: { name: "wish", namespace: STRANGERS },
        spec: {
          request: Buffer.from("-----BEGIN CERTIFICATE REQUEST-----\n").toString("base64"),
          issuerRef: { name: COMPANY, kind: "ClusterIssuer" },
        },
      });
      assert.match(said ?? "granted", /only cert-manager asks parts-company/);
    });

    test("what others have is renewed", async () => {
      const serial = async () => (await hands.secret(STRANGERS, "shop"))["tls.crt"];
      const before = await serial();
      const condition = { type: "Issuing", status: "True", reason: "ManuallyTriggered", message: "by a test" };
      await hands.kubectl(
        ...["patch", "certificate", "--namespace", STRANGERS, "shop", "--subresource", "status"],
        ...["--type", "merge", "--patch", JSON.stringify({ status: { conditions: [condition] } })],
      );
      for (const limit = Date.now() + 30_000; (await serial()) === before; await sleep(300))
        assert.ok(Date.now() < limit, "it was not renewed");
    });
  });

  test("is taken down without a trace, and the company's parts stay", async () => {
    const { code, output } = await stack.down();
    assert.equal(code, 0, output);
    assert.deepEqual(await hands.get("ingresses,services,networkpolicies", "--namespace", EXISTING), []);
    assert.equal((await hands.tried("get", "clusterissuer", COMPANY)).code, 0);
    assert.equal((await hands.tried("get", "namespace", EXISTING)).code, 0);
    assert.match((await hands.tried("get", "namespace", `${PREFIX}-public`)).output, /not found/);
  });
});
