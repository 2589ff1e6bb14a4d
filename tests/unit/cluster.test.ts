import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { extract } from "tar-stream";
import { deployments, rights, workloads } from "../../testbed/cluster/addons";
import { versionOf } from "../../testbed/cluster/binaries";
import { componentNames, components, configurationFiles, onNode } from "../../testbed/cluster/configuration";
import { fullName, parseImages, withoutTag } from "../../testbed/cluster/containerd";
import { hierarchies } from "../../testbed/cluster/control-groups";
import { policies, projectProbe, trials } from "../../testbed/cluster/enforcement";
import { addressOf, explain, named } from "../../testbed/cluster/foreign";
import { clientEnvironment, withoutProxyFor } from "../../testbed/cluster/kubectl";
import { home, network, ownImages, places } from "../../testbed/cluster/layout";
import { isReady } from "../../testbed/cluster/node";
import { buildImage } from "../../testbed/cluster/oci";
import { kubeconfig } from "../../testbed/cluster/pki";
import { type ClusterObject, type Found, needsOf, problemsOf } from "../../testbed/cluster/preflight";

describe("names of images", () => {
  test.each([
    ["alpine", "docker.io/library/alpine:latest", "docker.io/library/alpine"],
    ["node:24", "docker.io/library/node:24", "docker.io/library/node"],
    ["envoyproxy/envoy:v1.40.0", "docker.io/envoyproxy/envoy:v1.40.0", "docker.io/envoyproxy/envoy"],
    ["ghcr.io/openclaw/openclaw:2026.9.6", "ghcr.io/openclaw/openclaw:2026.9.6", "ghcr.io/openclaw/openclaw"],
    ["localhost:5000/a", "localhost:5000/a:latest", "localhost:5000/a"],
    ["localhost/a/b:1", "localhost/a/b:1", "localhost/a/b"],
    ["a/b@sha256:12", "docker.io/a/b@sha256:12", "docker.io/a/b"],
  ])("%s is %s", (short, full, repository) => {
    expect(fullName(short)).toBe(full);
    expect(withoutTag(full)).toBe(repository);
  });
});

test("the list of images tells names, digests and what they came from", () => {
  const table = [
    "REF                             TYPE                                      DIGEST     SIZE     PLATFORMS   LABELS",
    "docker.io/a/b:1                 application/vnd.oci.image.manifest.v1+json sha256:aa 2.0 MiB linux/amd64 io.cri-containerd.image=managed,zero-trust-openclaw.source=sha256:ff",
    "docker.io/a/b@sha256:aa         application/vnd.oci.image.manifest.v1+json sha256:aa 2.0 MiB linux/amd64,linux/arm64 -",
    "",
  ].join("\n");
  expect(parseImages(table)).toEqual([
    { name: "docker.io/a/b:1", digest: "sha256:aa", source: "sha256:ff" },
    { name: "docker.io/a/b@sha256:aa", digest: "sha256:aa" },
  ]);
  expect(parseImages("REF TYPE DIGEST SIZE PLATFORMS LABELS\n")).toEqual([]);
});

test("an image is an archive in the OCI layout, the same each time", async () => {
  const order = { name: "docker.io/x/y:1", files: { program: Buffer.from("#!") }, entrypoint: ["/program"] };
  const [first, second] = [await buildImage(order, "x64"), await buildImage(order, "x64")];
  expect(first.archive.equals(second.archive)).toBe(true);
  const files = await filesOf(first.archive);
  const index = JSON.parse(String(files["index.json"]));
  expect(index.manifests[0].digest).toBe(first.digest);
  expect(index.manifests[0].annotations["io.containerd.image.name"]).toBe("docker.io/x/y:1");
  const blob = (digest: string): Buffer => files[`blobs/${digest.replace(":", "/")}`] as Buffer;
  const manifest = JSON.parse(String(blob(first.digest)));
  const image = JSON.parse(String(blob(manifest.config.digest)));
  expect(image).toMatchObject({ architecture: "amd64", config: { Entrypoint: ["/program"], User: "65532:65532" } });
  expect(image.rootfs.diff_ids).toEqual([manifest.layers[0].digest]);
  const layer = await filesOf(blob(manifest.layers[0].digest));
  expect(String(layer.program)).toBe("#!");
});

/** What the API server gets: without types. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

async function filesOf(archive: Buffer): Promise<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {};
  const tar = Readable.from([archive]).pipe(extract());
  for await (const entry of tar) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    files[entry.header.name] = Buffer.concat(chunks);
  }
  return files;
}

describe("configuration", () => {
  const files = configurationFiles("/usr/lib/cni");
  const parts = components("/programs", "/usr/bin/containerd");

  test("nothing of the node is kept outside its own folder", () => {
    const containerd = files[join(places.configuration, "containerd.toml")] ?? "";
    const paths = [...containerd.matchAll(/^\s*(\w+) = "(\/.*)"$/gm)].filter(([, key]) => key !== "bin_dir");
    expect(paths.length).toBeGreaterThan(5);
    for (const [, , path = ""] of paths) expect(path.startsWith(home)).toBe(true);
    expect(containerd).toContain("netns_mounts_under_state_dir = true");
    for (const { args } of Object.values(parts))
      for (const arg of args)
        for (const path of arg.match(/(?<==)\/.*/g) ?? []) expect(path.startsWith(home)).toBe(true);
  });

  test("every part starts on the node's network, without a change of what is mounted", () => {
    expect(Object.keys(parts).sort()).toEqual([...componentNames].sort());
    const [command, args] = onNode(parts.kubelet.program, parts.kubelet.args);
    expect(command).toBe("nsenter");
    expect(args.slice(0, 3)).toEqual([`--net=${places.run}/network`, "--", "/programs/kubelet"]);
    expect(args.some((arg) => arg.startsWith("--mount"))).toBe(false);
  });

  test("a new pod is closed until its policies are in place", () => {
    expect(parts["kube-network-policies"].args).toContain("--netpol-default-deny=true");
  });

  test("the bridge gives addresses of the node's part of the pods' network", () => {
    const bridge = JSON.parse(files[join(places.configuration, "network/10-bridge.conflist")] ?? "").plugins[0];
    expect(bridge.ipam.ranges).toEqual([[{ subnet: network.nodePods }]]);
    expect(bridge.ipMasq).toBe(false);
  });

  test("kubelet reads its control group and sockets from the layout", () => {
    const kubelet = JSON.parse(files[join(places.configuration, "kubelet.json")] ?? "");
    expect(kubelet).toMatchObject({
      cgroupDriver: "cgroupfs",
      failCgroupV1: false,
      oomScoreAdj: 0,
      seccompDefault: true,
    });
    expect(kubelet.cgroupRoot).toMatch(/^\/zero-trust-openclaw-[0-9a-f]{8}$/);
  });
});

describe("what runs in the cluster", () => {
  const all = [...rights, ...workloads] as {
    kind: string;
    metadata: { name: string; namespace?: string };
    spec?: never;
  }[];

  test("pods keep to the restricted profile, with images that are made here", () => {
    const pods = all.filter(({ kind }) => kind === "Deployment").map(({ spec }) => plain(spec).template.spec);
    expect(pods).toHaveLength(deployments.length);
    for (const pod of pods) {
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
      for (const { image, securityContext } of pod.containers) {
        expect(Object.values(ownImages)).toContain(image);
        expect(securityContext).toMatchObject({ allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } });
      }
    }
  });

  test("names are served at the address that pods are told", () => {
    const service = all.find(({ kind, metadata }) => kind === "Service" && metadata.name === "kube-dns");
    expect(service?.spec).toMatchObject({ clusterIP: network.dns });
  });

  test("image names carry the versions of the Go modules", () => {
    expect(ownImages.dns).toMatch(new RegExp(`:${versionOf("github.com/coredns/coredns").slice(1)}$`));
    expect(ownImages.certManager).toMatch(
      new RegExp(`:${versionOf("github.com/cert-manager/cert-manager").slice(1)}$`),
    );
  });
});

describe("the trial of network policies", () => {
  test("each client is let through once and denied once, in both directions", () => {
    expect(trials).toHaveLength(4);
    for (const direction of ["ingress", "egress"] as const)
      expect(trials.filter((trial) => trial.direction === direction).map(({ client }) => client)).toEqual([
        "one",
        "other",
      ]);
  });

  test("only the direction under trial tells the clients apart", () => {
    const specs = (direction: "ingress" | "egress") =>
      Object.fromEntries(
        policies("n", direction, "one").map(({ metadata, spec }) => [plain(metadata).name, plain(spec)]),
      );
    expect(specs("ingress").ingress.ingress[0].from).toHaveLength(1);
    expect(specs("ingress").egress.podSelector.matchExpressions[0].values).toEqual(["one", "other"]);
    expect(specs("egress").ingress.ingress[0].from).toHaveLength(2);
    expect(specs("egress").egress.podSelector.matchLabels).toEqual({ "zero-trust-openclaw/check": "one" });
    expect(specs("egress")["default-deny"]).toEqual({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
  });

  test("Envoy listens on the port that is tried", () => {
    const { listener } = projectProbe("tools", "envoy");
    const configuration = JSON.parse(listener.command.at(-1) ?? "");
    expect(configuration.static_resources.listeners[0].address.socket_address.port_value).toBe(listener.port);
  });
});

describe("a cluster that the user names", () => {
  const access = { kubeconfig: "/k", context: "c" };

  test("is named by a file, and a context of it", () => {
    expect(named({})).toBeUndefined();
    expect(named({ ZERO_TRUST_OPENCLAW_KUBECONFIG: "" })).toBeUndefined();
    expect(named({ ZERO_TRUST_OPENCLAW_KUBECONFIG: "/k" })).toEqual({ kubeconfig: "/k" });
    expect(named({ ZERO_TRUST_OPENCLAW_KUBECONFIG: "/k", ZERO_TRUST_OPENCLAW_CONTEXT: "c" })).toEqual(access);
    expect(() => named({ ZERO_TRUST_OPENCLAW_CONTEXT: "c" })).toThrow(/KUBECONFIG is not/);
  });

  test.each([
    [
      "The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?",
      /cannot be reached.*Start it/,
    ],
    ["Unable to connect to the server: dial tcp: lookup x: no such host", /cannot be reached/],
    ["error: You must be logged in to the server (Unauthorized)", /expired or missing.*Log in again/],
    ['error: context "c" does not exist', /has no context c/],
    ['Error from server (Forbidden): nodes is forbidden: User "u" cannot list', /rights.*not enough/],
    [
      "Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority",
      /cannot be trusted/,
    ],
    ["Unable to connect to the server: getting credentials: exec: executable aws not found", /Log in again/],
  ])("%s", (stderr, said) => expect(explain(stderr, access)).toMatch(said));

  test("its nodes are reached at the outside address of one that is ready", () => {
    const node = (state: string, ...addresses: [string, string][]) => ({
      status: {
        nodeInfo: { kubeletVersion: "v1" },
        conditions: [{ type: "Ready", status: state }],
        addresses: addresses.map(([type, address]) => ({ type, address })),
      },
    });
    expect(addressOf([])).toBeUndefined();
    expect(addressOf([node("False", ["InternalIP", "1"])])).toBeUndefined();
    expect(addressOf([node("False", ["InternalIP", "1"]), node("True", ["InternalIP", "2"])])).toBe("2");
    expect(addressOf([node("True", ["InternalIP", "2"], ["ExternalIP", "3"])])).toBe("3");
  });
});

test("no proxy stands between a client and the node", () => {
  expect(withoutProxyFor("10.250.0.2", { NO_PROXY: "a, b", no_proxy: "b,c" })).toEqual({
    NO_PROXY: "a,b,c,10.250.0.2",
    no_proxy: "a,b,c,10.250.0.2",
  });
  expect(clientEnvironment({ kubeconfig: "/k" })).toMatchObject({ KUBECONFIG: "/k" });
  expect(clientEnvironment({ kubeconfig: "/k" })).not.toHaveProperty("KUBECACHEDIR");
  expect(clientEnvironment(places)).toHaveProperty("KUBECACHEDIR");
});

test("a node is ready when it said so after it started", () => {
  const node = (status: string, lastHeartbeatTime: string) => ({
    status: { conditions: [{ type: "Ready", status, lastHeartbeatTime }] },
  });
  const since = Date.parse("2026-01-01T00:00:10.700Z");
  expect(isReady(node("True", "2026-01-01T00:00:10Z"), since)).toBe(true);
  expect(isReady(node("True", "2026-01-01T00:00:09Z"), since)).toBe(false);
  expect(isReady(node("False", "2026-01-01T00:00:11Z"), since)).toBe(false);
  expect(isReady({}, 0)).toBe(false);
});

test("hierarchies of control groups of either version are found", () => {
  const table =
    "proc /proc proc rw 0 0\ncgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n";
  expect(hierarchies(table)).toEqual(["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/unified"]);
});

test("a kubeconfig names the node's API server and carries its keys", () => {
  const {
    clusters,
    users,
    contexts,
    "current-context": current,
  } = JSON.parse(kubeconfig("trust", "certificate", "key"));
  expect(clusters[0].cluster.server).toBe(`https://${network.node}:6443`);
  expect(Buffer.from(users[0].user["client-key-data"], "base64").toString()).toBe("key");
  expect(contexts[0].name).toBe(current);
});

test("Go modules name the versions that the reports speak of", () => {
  expect(versionOf("k8s.io/kubernetes")).toMatch(/^v1\./);
  expect(() => versionOf("example.com/nothing")).toThrow(/does not require/);
  expect(readFileSync(join(__dirname, "../../testbed/cluster/go/etcd/go.mod"), "utf8")).toContain(
    "go.etcd.io/etcd/server/v3 v3",
  );
});

describe("what a deployment needs of a cluster", () => {
  const metadata = { name: "some", namespace: "claw-agent" };
  const planned: ClusterObject[] = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "claw-agent" } },
    {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata,
      spec: {
        template: {
          spec: {
            runtimeClassName: "gvisor",
            imagePullSecrets: [{ name: "registry" }],
            volumes: [{ name: "state", persistentVolumeClaim: { claimName: "kept" } }, { name: "files" }],
          },
        },
        volumeClaimTemplates: [{ metadata: { name: "more" }, spec: { storageClassName: "fast" } }],
      },
    },
    { apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata, spec: { ingressClassName: "nginx" } },
    {
      apiVersion: "gateway.networking.k8s.io/v1alpha2",
      kind: "TLSRoute",
      metadata,
      spec: { parentRefs: [{ name: "public", namespace: "gateways" }] },
    },
    certificate("claw-internal", "ClusterIssuer"),
    certificate("company", "Issuer", "theirs"),
    { apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer", metadata: { name: "claw-internal" }, spec: { ca: {} } },
  ];

  function certificate(name: string, kind: string, namespace = "claw-agent"): ClusterObject {
    const issuerRef = { name, kind, group: "cert-manager.io" };
    return {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { name, namespace },
      spec: { issuerRef },
    };
  }

  const found = (more: Partial<Found>): Found => ({
    ...{ taken: [], needs: [], found: [], unknown: [], hasDefaultStorage: true },
    ...more,
  });

  test("is what it refers to and does not make", () => {
    expect(
      needsOf(planned).map(({ kind, metadata: { namespace = "", name } }) => `${kind} ${namespace}/${name}`),
    ).toEqual([
      "StorageClass /fast",
      "RuntimeClass /gvisor",
      "Secret claw-agent/registry",
      "PersistentVolumeClaim claw-agent/kept",
      "IngressClass /nginx",
      "Gateway gateways/public",
      "Namespace /theirs",
      "Issuer theirs/company",
    ]);
  });

  describe("of credentials that are there already", () => {
    const source = (name: string, ...keys: string[]) => ({ secret: { name, items: keys.map((key) => ({ key })) } });
    const pods = (namespace: string, ...sources: object[]): ClusterObject => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "edge", namespace },
      spec: { template: { spec: { volumes: [{ name: "files", projected: { sources } }] } } },
    });
    const store = { kind: "ClusterSecretStore", name: "company" };
    const external: ClusterObject = {
      apiVersion: "external-secrets.io/v1",
      kind: "ExternalSecret",
      metadata: { name: "cookie-key", namespace: "theirs" },
      spec: { secretStoreRef: store },
    };
    const ours: ClusterObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "ours" } };
    const secrets = (some: readonly ClusterObject[]) => needsOf(some).filter(({ kind }) => kind === "Secret");

    test("is each Secret once, with all values that are wanted of it", () => {
      const whole = { secret: { name: "own-files" } };
      const some = [pods("theirs", source("login", "client-secret"), source("login", "cookie-key"), whole)];
      expect(secrets(some)).toEqual([
        expect.objectContaining({
          metadata: { name: "login", namespace: "theirs" },
          keys: ["client-secret", "cookie-key"],
        }),
      ]);
    });

    test("is no Secret that an operator is told to make, or that is to be in a namespace that is made", () => {
      const told = [external, pods("theirs", source("cookie-key", "value"))];
      expect(secrets(told)).toEqual([]);
      expect(needsOf(told)).toContainEqual(
        expect.objectContaining({ kind: store.kind, metadata: { name: store.name } }),
      );
      expect(secrets([ours, pods("ours", source("login", "client-secret"))])).toEqual([]);
    });

    test("says what a Secret lacks", () => {
      const some = [pods("theirs", source("login", "client-secret", "cookie-key"))];
      const needs = needsOf(some);
      const there = { apiVersion: "v1", kind: "Secret", metadata: { name: "login", namespace: "theirs" } };
      const theirs = { apiVersion: "v1", kind: "Namespace", metadata: { name: "theirs" } };
      const found1 = found({
        needs,
        found: [theirs, { ...there, data: { "client-secret": "eA==", "cookie-key": "" } }],
      });
      expect(problemsOf("claw", found1, some)).toEqual([
        'Secret theirs/login has no value "cookie-key"; put it there, or name another key in kubernetes.existingSecrets',
      ]);
      expect(problemsOf("claw", found({ needs, found: [theirs] }), some)).toEqual([
        "Secret theirs/login is not there; have your store make it there, or name another one in kubernetes.existingSecrets",
      ]);
    });
  });

  test("is named with what to do, where it is not there", () => {
    const problems = problemsOf("claw", found({ needs: needsOf(planned) }), planned);
    expect(problems).toHaveLength(8);
    expect(problems[0]).toBe(
      "StorageClass fast is not there; set kubernetes.storageClass to one of kubectl get storageclasses",
    );
  });

  const issuer = (spec: object, ready?: string): ClusterObject => ({
    apiVersion: "cert-manager.io/v1",
    kind: "ClusterIssuer",
    metadata: { name: "company" },
    spec,
    status: { conditions: ready ? [{ type: "Ready", status: ready, message: "no such Secret" }] : [] },
  });
  const needed = { apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer", metadata: { name: "company" }, hint: "" };
  test.each<[string, ClusterObject, string | undefined]>([
    ["signs", issuer({ ca: {} }, "True"), undefined],
    ["asks by ACME", issuer({ acme: {} }, "True"), "asks by ACME, which issues no names inside a deployment"],
    ["signs nothing", issuer({ selfSigned: {} }, "True"), "has every certificate sign itself"],
    ["is not ready", issuer({ ca: {} }, "False"), "is not ready (no such Secret); repair it first"],
    ["is new", issuer({ ca: {} }), "is not ready; repair it first"],
  ])("may be an issuer that %s", (_, one, problem) => {
    const problems = problemsOf("claw", found({ needs: [needed], found: [one] }), []);
    expect(problems).toEqual(problem ? [expect.stringContaining(problem)] : []);
  });

  test("is a kind it knows, a name that is free, a namespace that stays, and storage", () => {
    const gone = {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "theirs" },
      status: { phase: "Terminating" },
    };
    const labels = { "app.kubernetes.io/part-of": "claw" };
    const claim = { spec: {} };
    const stateful = { apiVersion: "apps/v1", kind: "StatefulSet", metadata, spec: { volumeClaimTemplates: [claim] } };
    const said = problemsOf(
      "claw",
      found({
        taken: [
          { apiVersion: "v1", kind: "Service", metadata: { name: "edge", namespace: "theirs" } },
          { apiVersion: "v1", kind: "Namespace", metadata: { name: "claw-agent", labels } },
        ],
        needs: needsOf([certificate("company", "ClusterIssuer", "theirs")]),
        found: [gone],
        unknown: ["TLSRoute of gateway.networking.k8s.io/v1", "ClusterIssuer of cert-manager.io/v1"],
        hasDefaultStorage: false,
      }),
      [stateful],
    );
    expect(said).toEqual([
      expect.stringContaining("TLSRoute of gateway.networking.k8s.io/v1: the cluster does not know this kind"),
      expect.stringContaining("install what brings it, such as cert-manager with its CRDs"),
      "Service theirs/edge is there already and is somebody else's; use another namespace in existingNamespaces",
      expect.stringContaining('of a deployment with the prefix "claw" that this state knows nothing of; remove it'),
      "Namespace theirs is being removed; wait until it is gone, or use another",
      expect.stringContaining("no StorageClass is the cluster's default"),
    ]);
  });
});
