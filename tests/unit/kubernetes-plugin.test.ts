/** The stand-in for the kubernetes plugin: its pure parts, and its way with an API server, for which a small one stands in. */
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Naming } from "../../testbed/plugins/check";
import { Api } from "../../testbed/plugins/kubernetes/api";
import { parseCheckpoint } from "../../testbed/plugins/kubernetes/checkpoint";
import { checkConfiguration, diffConfiguration, readSettings } from "../../testbed/plugins/kubernetes/configuration";
import { handOverFields, withoutIgnored } from "../../testbed/plugins/kubernetes/fields";
import { forceNewPaths } from "../../testbed/plugins/kubernetes/force-new";
import { kindOfType, knownScope } from "../../testbed/plugins/kubernetes/kinds";
import { normalizeInputs } from "../../testbed/plugins/kubernetes/normalize";
import { diffObjects, isIgnored, readPath, writePath } from "../../testbed/plugins/kubernetes/patch-diff";
import { type Call, type Incomplete, Provider } from "../../testbed/plugins/kubernetes/provider";
import { prune } from "../../testbed/plugins/kubernetes/prune";
import { canonicalQuantity } from "../../testbed/plugins/kubernetes/quantity";
import { transport } from "../../testbed/plugins/kubernetes/transport";
import { podState } from "../../testbed/plugins/kubernetes/waiting/pod";
import { readWaitFor } from "../../testbed/plugins/kubernetes/waiting/wait-for";
import { hasUnknown, type Properties, Secret, UNKNOWN, type Value } from "../../testbed/plugins/values";

const NAMING: Naming = { logicalName: "web", seed: new Uint8Array() };
const configMap = (data: Properties, metadata: Properties = {}): Properties => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata,
  data,
});

function call(type: string, seconds = 0): Call & { warnings: string[] } {
  const warnings: string[] = [];
  return {
    kind: kindOfType(type),
    urn: `urn:pulumi:test::test::${type}::web`,
    seconds,
    cancelled: new AbortController().signal,
    warn: (message) => warnings.push(message),
    status: () => {},
    warnings,
  };
}

function provider(api?: Api, variables: Record<string, string> = {}): Provider {
  const settings = readSettings(new Map(Object.entries(variables)), {});
  return new Provider(settings, { ...(api && { api }), unreachable: "nobody answers", defaultNamespace: "default" });
}

describe("kinds", () => {
  it("are those it was written for and every custom one", () => {
    expect(kindOfType("kubernetes:core/v1:Secret")).toEqual({ group: "", version: "v1", kind: "Secret" });
    expect(knownScope(kindOfType("kubernetes:core/v1:Secret"))).toBe(true);
    expect(knownScope(kindOfType("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"))).toBe(false);
    const policy = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy";
    expect(knownScope(kindOfType(policy))).toBeUndefined();
    expect(kindOfType("kubernetes:cert-manager.io/v1:Certificate").group).toBe("cert-manager.io");
    expect(kindOfType("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute").kind).toBe("HTTPRoute");
  });

  it.each([
    "kubernetes:batch/v1:Job",
    "kubernetes:core/v1:SecretPatch",
    "kubernetes:cert-manager.io/v1:CertificatePatch",
    "kubernetes:helm.sh/v3:Release",
    "kubernetes:yaml/v2:ConfigFile",
    "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
  ])("refuse %s", (type) => {
    expect(() => kindOfType(type)).toThrow(`does not know ${type}; it knows admissionregistration.k8s.io/v1/`);
  });
});

describe("provider configuration", () => {
  it("refuses what the stand-in does not know, and what does not go together", () => {
    const reasons = (news: Properties) => checkConfiguration(news).map(({ reason }) => reason);
    expect(reasons({ kubeconfig: "x", version: "1", enableServerSideApply: "true" })).toEqual([]);
    expect(reasons({ helmReleaseSettings: "{}" })).toEqual([
      expect.stringMatching(/^this stand-in does not know helmR/),
    ]);
    expect(reasons({ enableServerSideApply: "false" })).toEqual(["this stand-in knows server-side apply only"]);
    expect(reasons({ renderYamlToDirectory: "/tmp", kubeconfig: "x", context: "y" })).toEqual([
      '"context" arg is not compatible with "renderYamlToDirectory" arg',
      '"kubeconfig" arg is not compatible with "renderYamlToDirectory" arg',
    ]);
    expect(() => readSettings(new Map(), { PULUMI_K8S_AWAIT_ALL: "true" })).toThrow("PULUMI_K8S_AWAIT_ALL=true");
    expect(readSettings(new Map(), { PULUMI_K8S_ENABLE_SECRET_MUTABLE: "true" }).enableSecretMutable).toBe(true);
  });

  it("replaces for another cluster, unless its name says that it is the same", () => {
    const config = (server: string, user: string) =>
      JSON.stringify({
        "current-context": "c",
        contexts: [{ name: "c", context: { cluster: "c", user } }],
        clusters: [{ name: "c", cluster: { server } }],
      });
    const [one, two] = [{ kubeconfig: config("https://one", "u") }, { kubeconfig: config("https://two", "u") }];
    expect(diffConfiguration(one, one)).toEqual({ changed: [], replaces: [] });
    expect(diffConfiguration(one, two)).toEqual({ changed: ["kubeconfig"], replaces: ["kubeconfig"] });
    expect(diffConfiguration(one, { kubeconfig: config("https://one", "v") }).replaces).toEqual([]);
    const id = (clusterIdentifier: string) => ({ clusterIdentifier });
    expect(diffConfiguration({ ...one, ...id("a") }, { ...two, ...id("a") }).replaces).toEqual([]);
    expect(diffConfiguration({ ...one, ...id("a") }, { ...one, ...id("b") }).replaces).toEqual(["clusterIdentifier"]);
    expect(diffConfiguration(one, { ...one, ...id("a") }).replaces).toEqual([]);
    expect(diffConfiguration(one, { kubeconfig: UNKNOWN }).replaces).toEqual(["kubeconfig"]);
  });
});

describe("inputs", () => {
  it.each([
    ["1000m", "1"],
    ["0.1", "100m"],
    [1, "1"],
    [0.5, "500m"],
    ["1024Mi", "1Gi"],
    ["1.5Gi", "1536Mi"],
    ["0.5Ki", "512"],
    ["1000Mi", "1000Mi"],
    ["2000", "2k"],
    ["1e3", "1e3"],
    ["100Mi", "100Mi"],
    ["0", "0"],
    ["lots", undefined],
  ])("spell the quantity %j as %j", (written, canonical) => {
    expect(canonicalQuantity(written)).toBe(canonical);
  });

  it("lose what Kubernetes' own types would lose", () => {
    const spec = {
      replicas: 0,
      selector: {},
      template: {
        spec: {
          hostNetwork: false,
          automountServiceAccountToken: false,
          volumes: [{ name: "v", emptyDir: {} }],
          initContainers: [],
          containers: [{ name: "c", typo: 1, resources: { limits: { memory: "1024Mi" } }, tty: false }],
        },
      },
    };
    expect(
      normalizeInputs({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a", uid: "1" }, spec }),
    ).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "a" },
      spec: {
        replicas: 0,
        selector: {},
        template: {
          spec: {
            automountServiceAccountToken: false,
            volumes: [{ name: "v", emptyDir: {} }],
            containers: [{ name: "c", resources: { limits: { memory: "1Gi" } } }],
          },
        },
      },
    });
  });

  it("stay as they are where they fit no type, are not known yet, or are of a custom kind", () => {
    const wrong = { apiVersion: "apps/v1", kind: "Deployment", spec: { replicas: "two", paused: false } };
    expect(normalizeInputs(wrong)).toEqual(wrong);
    const later = configMap({ a: UNKNOWN }, { labels: {} });
    expect(normalizeInputs(later)).toEqual(later);
    const custom = { apiVersion: "cert-manager.io/v1", kind: "Certificate", spec: { isCA: false } };
    expect(normalizeInputs(custom)).toEqual(custom);
  });

  it("keep a Secret's texts as the server does", () => {
    const secret = { apiVersion: "v1", kind: "Secret", data: { a: "QQ==\n", b: "Qg==" }, stringData: { b: "new" } };
    expect(normalizeInputs(secret)).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      data: { a: "QQ==\n", b: "bmV3" },
    });
    expect(normalizeInputs({ apiVersion: "v1", kind: "Secret", data: { a: "QQ==\n" } }).data).toEqual({ a: "QQ==" });
  });

  it("get a name for life, a namespace, and secret marks where a Secret needs them", async () => {
    const secret = { apiVersion: "v1", kind: "Secret", stringData: { a: "plain" } };
    const first = (await provider().check(secret, undefined, NAMING, call("kubernetes:core/v1:Secret"))).inputs;
    expect(first).toMatchObject({
      data: new Secret({ a: "cGxhaW4=" }),
      metadata: {
        name: expect.stringMatching(/^web-[0-9a-f]{8}$/),
        namespace: "default",
        annotations: { "pulumi.com/autonamed": "true" },
      },
    });
    const second = (await provider().check(secret, first, NAMING, call("kubernetes:core/v1:Secret"))).inputs;
    expect(second).toEqual(first);
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "mine" } };
    const checked = await provider().check(namespace, undefined, NAMING, call("kubernetes:core/v1:Namespace"));
    expect(checked.inputs).toEqual(namespace);
    const generated = configMap({}, { generateName: "x-" });
    await expect(provider().check(generated, undefined, NAMING, call("kubernetes:core/v1:ConfigMap"))).rejects.toThrow(
      "generateName",
    );
  });
});

describe("live objects", () => {
  it("are cut down to what the program set", () => {
    const live: Properties = { spec: { a: 1, b: 2, list: [{ x: 1, y: 2 }, { x: 3 }], texts: ["p", "q"] }, status: {} };
    expect(prune(live, { spec: { a: 9, list: [{ x: 0 }], texts: ["p"] }, gone: 1 })).toEqual({
      spec: { a: 1, list: [{ x: 1 }], texts: ["p"] },
    });
  });

  it("are compared by path", () => {
    const before = { a: 1, list: [{ x: 1 }, { x: 2 }], map: { "a.b/c": "1" } };
    const after: Properties = { a: 1, list: [{ x: 1 }], map: { "a.b/c": "2" }, later: UNKNOWN };
    const found = diffObjects(before, after, [["list", "*", "x"], ["later"]]);
    expect(found.map(({ path, change }) => [writePath(path), change.kind, change.replaces])).toEqual([
      ["list[1]", "delete", false],
      ['map["a.b/c"]', "update", false],
      ["later", "add", true],
    ]);
    expect(readPath('metadata.annotations["a.b/c"]')).toEqual(["metadata", "annotations", "a.b/c"]);
    expect(isIgnored(["list", 0, "x"], [readPath("list[*].x")])).toBe(true);
    expect(isIgnored(["list"], [readPath("list[*].x")])).toBe(false);
  });

  it("are replaced as the official plugin replaces them", () => {
    const paths = (object: Properties, mutable = false) =>
      forceNewPaths(object, { configMaps: mutable, secrets: mutable }).map((path) => path.join("."));
    expect(paths(configMap({}))).toContain("data");
    expect(paths(configMap({}), true)).not.toContain("data");
    expect(paths({ ...configMap({}), immutable: true }, true)).toContain("data");
    expect(paths({ apiVersion: "v1", kind: "Service" })).toContain("spec.clusterIP");
    expect(paths({ apiVersion: "cert-manager.io/v1", kind: "Certificate" })).toEqual([
      "metadata.name",
      "metadata.namespace",
    ]);
  });
});

describe("fields of an object", () => {
  const entry = (manager: string, operation: string, fieldsV1: Properties, subresource?: string): Properties => ({
    manager,
    operation,
    fieldsV1,
    ...(subresource && { subresource }),
  });

  it("go from whoever made it to the manager that applies, but not those of a scale", () => {
    const scale = entry("kubectl", "Update", { "f:spec": { "f:replicas": {} } }, "scale");
    const managedFields = [
      entry("pulumi-kubernetes", "Update", { "f:data": { "f:a": {} } }),
      entry("kubectl", "Update", { "f:data": { "f:b": {} } }),
      scale,
    ];
    const [step] = handOverFields({ metadata: { managedFields, resourceVersion: "7" } }, "mine");
    expect(step).toEqual({
      op: "replace",
      path: "/metadata/managedFields",
      value: [scale, entry("mine", "Apply", { "f:data": { "f:a": {}, "f:b": {} } })],
    });
    expect(handOverFields({ metadata: { managedFields: [scale] } }, "mine")).toEqual([]);
  });

  it("are left to others where the program ignores them", () => {
    const fields = { "f:spec": { "f:replicas": {} } };
    const live = (manager: string) => ({
      metadata: { managedFields: [entry(manager, "Update", fields)] },
      spec: { replicas: 5 },
    });
    const inputs = { spec: { replicas: 1, paused: true } };
    const ignore = (manager: string) => withoutIgnored(inputs, live(manager), ["spec.replicas"], "mine");
    expect(ignore("hpa")).toEqual({ spec: { paused: true } });
    expect(ignore("mine")).toEqual({ spec: { replicas: 5, paused: true } });
  });
});

describe("waiting", () => {
  it("quotes what a pod's containers complain of", () => {
    const pod = (status: Value): Properties => ({
      metadata: { name: "p", namespace: "n" },
      status: {
        conditions: [
          { type: "PodScheduled", status: "True" },
          { type: "Initialized", status: "True" },
          {
            type: "Ready",
            status: "False",
            reason: "ContainersNotReady",
            message: "containers with unready status: [c]",
          },
        ],
        containerStatuses: [status],
      },
    });
    const waiting = { name: "c", state: { waiting: { reason: "ImagePullBackOff", message: "Back-off pulling" } } };
    expect(podState(pod(waiting)).warnings).toEqual([
      "[Pod n/p]: containers with unready status: [c][ImagePullBackOff] Back-off pulling",
    ]);
    expect(podState({ status: { phase: "Pending" } })).toEqual({ ready: false, warnings: [] });
  });

  it("reads expressions", () => {
    const object = {
      metadata: { generation: 2 },
      status: { phase: "Up", conditions: [{ type: "Ready", status: "True", observedGeneration: 2 }] },
    };
    const holds = (expression: string) => readWaitFor(expression)(object);
    expect(holds("condition=ready")).toBe(true);
    expect(holds("condition=Ready=False")).toBe(false);
    expect(holds("jsonpath={.status.phase}=Up")).toBe(true);
    expect(holds('jsonpath={.status.conditions[?(@.type=="Ready")].status}=True')).toBe(true);
    expect(holds('["condition=Ready", "jsonpath={.status.missing}"]')).toBe(false);
    expect(() => readWaitFor("Ready")).toThrow('expected a "jsonpath=" or "condition=" prefix');
    expect(() => readWaitFor("jsonpath=.status.phase")).toThrow("wrapped in brackets");
  });
});

describe("rendering", () => {
  it("writes a file per object, without a cluster, and takes it away again", async () => {
    const directory = await mkdtemp(join(tmpdir(), "render-"));
    try {
      const rendering = provider(undefined, { renderYamlToDirectory: directory });
      const around = call("kubernetes:rbac.authorization.k8s.io/v1:Role");
      const role = {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: { name: "system:x" },
        on: new Secret("yes"),
      };
      const { id, state } = await rendering.create(role, false, around);
      const file = join(directory, "1-manifest", "rbac.authorization.k8s.io_v1-role-default-system:x.yaml");
      expect(await readFile(file, "utf8")).toBe(
        'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: system:x\n"on": "yes"\n',
      );
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(around.warnings).toEqual([`rendered file ${file} contains a secret value in plaintext`]);
      expect(await readdir(join(directory, "0-crd"))).toEqual([]);
      await expect(rendering.read(id, state, role, around)).rejects.toThrow("due to unreachable cluster");
      await rendering.delete(id, state, around);
      expect(await readdir(join(directory, "1-manifest"))).toEqual([]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe("without a cluster", () => {
  it("previews from the inputs, and says why it cannot do more", async () => {
    const around = call("kubernetes:core/v1:ConfigMap");
    const inputs = configMap({ a: "1" }, { name: "c", namespace: "n" });
    expect(await provider().create(inputs, true, around)).toEqual({ id: "", state: inputs });
    await expect(provider().create(inputs, false, around)).rejects.toThrow(
      "configured Kubernetes cluster is unreachable: nobody answers",
    );
    const forgetting = provider(undefined, { deleteUnreachable: "true" });
    expect(await forgetting.read("n/c", {}, inputs, around)).toBeUndefined();
    await expect(provider().delete("n/c", inputs, around)).rejects.toThrow("PULUMI_K8S_DELETE_UNREACHABLE");
  });
});

/** As much of an API server as ConfigMaps need. Deletion takes two looks. */
class FakeServer {
  readonly objects = new Map<string, Properties>();
  readonly asked: string[] = [];
  conflict = false;
  #server: Server | undefined;
  #version = 1;

  async start(): Promise<Api> {
    this.#server = createServer(async (request, response) => {
      const { status, body } = await this.#answer(request);
      response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    });
    await new Promise<void>((done) => this.#server?.listen(0, "127.0.0.1", done));
    const { port } = this.#server.address() as AddressInfo;
    return new Api(transport(`http://127.0.0.1:${port}`, async () => ({})));
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const url = new URL(request.url ?? "", "http://server");
    this.asked.push(`${request.method} ${url.pathname}${url.search}`);
    const refuse = (status: number, reason: string, message: string, kind = "configmaps") => ({
      status,
      body: { kind: "Status", reason, message, details: { kind } },
    });
    if (url.pathname === "/api/v1")
      return { status: 200, body: { resources: [{ name: "configmaps", kind: "ConfigMap", namespaced: true }] } };
    const [, , , , namespace, , name] = url.pathname.split("/");
    if (!url.pathname.startsWith("/api/v1/")) return refuse(404, "NotFound", "no such group");
    if (namespace === "new") return refuse(404, "NotFound", 'namespaces "new" not found', "namespaces");
    const key = `${namespace}/${name ?? (JSON.parse(text || "{}").metadata?.name as string)}`;
    const found = this.objects.get(key);
    switch (request.method) {
      case "POST":
        if (found) return refuse(409, "AlreadyExists", `configmaps "${name}" already exists`);
        return { status: 201, body: this.#store(key, url, JSON.parse(text)) };
      case "PATCH":
        if (this.conflict) return refuse(409, "Conflict", 'conflict with "kubectl": .data.a');
        return { status: 200, body: this.#store(key, url, JSON.parse(text)) };
      default:
        if (!found) return refuse(404, "NotFound", `configmaps "${name}" not found`);
        if (request.method === "DELETE") setTimeout(() => this.objects.delete(key), 50);
        return { status: 200, body: found };
    }
  }

  #store(key: string, url: URL, object: Properties): Properties {
    const metadata = { ...(object.metadata as Properties), uid: "u", resourceVersion: String(this.#version++) };
    const stored = { ...object, metadata };
    if (url.searchParams.get("dryRun") === null) this.objects.set(key, stored);
    return stored;
  }
}

describe("with a cluster", () => {
  const server = new FakeServer();
  let api: Api;
  const around = call("kubernetes:core/v1:ConfigMap", 5);
  const inputs = configMap({ a: new Secret("hunter2") }, { name: "c", namespace: "n" });

  beforeAll(async () => {
    api = await server.start();
  });
  beforeEach(() => {
    server.objects.clear();
    server.asked.length = 0;
    server.conflict = false;
  });
  afterAll(() => server.stop());

  it("creates, sees no change, sees drift and deletes", async () => {
    const plugin = provider(api);
    const { id, state } = await plugin.create(inputs, false, around);
    expect(id).toBe("n/c");
    expect(server.asked).toContain("POST /api/v1/namespaces/n/configmaps?fieldManager=pulumi-kubernetes");
    expect(state.data).toEqual({ a: new Secret("hunter2") });
    expect(parseCheckpoint(state).origin.fieldManager).toMatch(/^pulumi-kubernetes-[0-9a-f]{8}$/);
    expect((await plugin.diff(state, inputs, [])).changes.size).toBe(0);

    const refreshed = await plugin.read(id, state, inputs, around);
    expect(refreshed?.inputs).toEqual(inputs);
    server.objects.set("n/c", { ...server.objects.get("n/c"), data: { a: "changed", b: "theirs" } });
    const drifted = await plugin.read(id, state, inputs, around);
    expect(drifted?.inputs.data).toEqual({ a: new Secret("changed") });
    const { changes, replaces, deleteBeforeReplace } = await plugin.diff(drifted?.state ?? {}, inputs, []);
    expect([...changes.keys()]).toEqual(["data.a"]);
    expect(replaces).toEqual(["data.a"]);
    expect(deleteBeforeReplace).toBe(true);

    await plugin.delete(id, state, around);
    expect(server.objects.size).toBe(0);
    await plugin.delete(id, state, around);
    expect(await plugin.read(id, state, inputs, around)).toBeUndefined();
  });

  it("asks the server in a preview, and changes nothing", async () => {
    const { id, state } = await provider(api).create(inputs, true, around);
    expect(id).toBe("");
    expect(state.metadata).toMatchObject({ uid: "u" });
    expect(server.objects.size).toBe(0);
    const unknown = configMap({ a: UNKNOWN }, { name: "c" });
    expect(hasUnknown((await provider(api).create(unknown, true, around)).state)).toBe(true);
    const elsewhere = configMap({}, { name: "c", namespace: "new" });
    expect((await provider(api).create(elsewhere, true, around)).state).toBe(elsewhere);
    const custom = { apiVersion: "cert-manager.io/v1", kind: "Certificate", metadata: { name: "c" } };
    const issued = call("kubernetes:cert-manager.io/v1:Certificate");
    expect((await provider(api).create(custom, true, issued)).state).toBe(custom);
  });

  it("takes over nothing that exists", async () => {
    server.objects.set("n/c", configMap({}, { name: "c" }));
    await expect(provider(api).create(inputs, false, around)).rejects.toThrow(
      /was not successfully created by the Kubernetes API server: .*already exists\n\nThe resource already exists/,
    );
    const { state } = await provider(api, { upsertExistingObjects: "true" }).create(inputs, false, around);
    expect(state.metadata).toMatchObject({ uid: "u" });
  });

  it("applies changes, and records what is there when somebody else holds the field", async () => {
    const plugin = provider(api);
    const { state } = await plugin.create(inputs, false, around);
    const news = configMap({ a: "2" }, { name: "c", namespace: "n" });
    expect((await plugin.update(state, news, [], false, around)).data).toEqual({ a: "2" });
    server.conflict = true;
    const failure: Incomplete = await plugin.update(state, news, [], false, around).catch((error) => error);
    expect(failure.message).toContain("server-side apply field conflict detected, see https://www.pulumi.com/");
    expect(failure.message).toContain('had an apply conflict: conflict with "kubectl": .data.a');
    expect(failure.id).toBe("n/c");
    expect(failure.state.data).toEqual({ a: "2" });
  });

  it("reads an object that it has never seen, as an import does", async () => {
    server.objects.set("n/c", configMap({ a: "1" }, { name: "c", namespace: "n", uid: "u", labels: { x: "1" } }));
    const read = await provider(api).read("n/c", {}, {}, around);
    expect(read?.inputs).toEqual(configMap({ a: "1" }, { name: "c", namespace: "n", labels: { x: "1" } }));
  });
});
