import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { OPENCLAW_IMAGE } from "../../lib/openclaw/gateway";
import type { Cluster } from "../../testbed/cluster";
import { clientEnvironment, withoutProxyFor } from "../../testbed/cluster/kubectl";
import { sleep } from "../../testbed/sleep";
import { Project } from "../preview/support/project";
import { Hands } from "./support/cluster";
import { theCluster } from "./support/stack";

const PREFIX = "adopt";
const NAMESPACE = `${PREFIX}-openclaw`;
/** As the StatefulSet's controller calls what it makes. */
const CLAIM = "data-openclaw-0";
const NOTE = "what people said before";
const NOBODY = { trustDomain: "", zones: [], workloads: [], flows: [], credentials: [] };

/** A pod that belongs in a namespace as strict as a zone's. */
function pod(image: string, user: number, script: string, volume: object[]): object {
  return {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 1,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      fsGroup: user,
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      {
        name: "gateway",
        image,
        imagePullPolicy: "IfNotPresent",
        command: ["node", "-e", script],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        volumeMounts: [{ name: "data", mountPath: "/home/node/.openclaw" }],
      },
    ],
    volumes: volume,
  };
}

/** An OpenClaw of another kind: what matters of it is its claim, and a file there that only its own user may read. */
const deployment = (image: string): object[] => [
  {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: NAMESPACE, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
  },
  {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "openclaw", namespace: NAMESPACE },
    spec: {
      replicas: 1,
      serviceName: "openclaw",
      selector: { matchLabels: { app: "openclaw" } },
      template: {
        metadata: { labels: { app: "openclaw" } },
        spec: pod(
          image,
          1000,
          `require("fs").writeFileSync("/home/node/.openclaw/note", "${NOTE}", { mode: 0o600 }); setInterval(() => {}, 1e6)`,
          [],
        ),
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      ],
    },
  },
];

interface Claim {
  metadata: { name: string; uid: string };
  spec: { volumeName: string };
}

describe("an OpenClaw that was deployed by YAML", () => {
  let cluster: Cluster;
  let hands: Hands;
  let project: Project;
  let env: Record<string, string>;
  let first: Claim;
  let image: string;
  let imports: { urn: string }[] = [];

  /** Images are brought to a node of ours by their digests; one of the company's pulls by name. */
  const openclawImage = async (): Promise<string> => {
    const nodes = await hands.get<{ status: { images: { names: string[] }[] } }>("nodes");
    const names = nodes.flatMap(({ status }) => status.images.flatMap((one) => one.names));
    return names.find((name) => name.includes("openclaw/openclaw@")) ?? OPENCLAW_IMAGE;
  };

  const claim = async (): Promise<Claim> => {
    const all = await hands.get<Claim>("persistentvolumeclaims", "--namespace", NAMESPACE);
    const found = all.find(({ metadata }) => metadata.name === CLAIM);
    assert.ok(found, `no claim ${CLAIM}`);
    return found;
  };
  const preview = async (): Promise<{ op: string; urn: string }[]> => {
    const { stdout } = await project.must(["preview", "--json"], env);
    return (JSON.parse(stdout) as { steps: { op: string; urn: string }[] }).steps;
  };
  const operations = (steps: { op: string }[]) => [...new Set(steps.map(({ op }) => op))].sort();
  const nameOf = ({ urn }: { urn: string }) => urn.split("::").at(-1);
  /** What would happen to what is there already. */
  const changes = (steps: { op: string; urn: string }[]) =>
    steps.filter(({ op }) => op !== "create" && op !== "same").map((step) => `${step.op} ${nameOf(step)}`);
  /** Names on the cluster of what the stack has there. */
  const inStack = async (): Promise<string[]> => {
    const { stdout } = await project.must(["stack", "export"]);
    const { deployment } = JSON.parse(stdout) as { deployment: { resources: { type: string; id?: string }[] } };
    const own = deployment.resources.filter(({ type, id }) => type.startsWith("kubernetes:") && id);
    return own.map(({ id }) => (id as string).split("/").at(-1) as string);
  };
  const phase = async (name: string) =>
    (await hands.tried("get", "pod", name, "--namespace", NAMESPACE, "--output", "jsonpath={.status.phase}")).output;
  const until = async (name: string, wanted: string) => {
    const limit = Date.now() + 60_000;
    while ((await phase(name)) !== wanted) {
      if (Date.now() > limit) throw new Error(`${name} is not ${wanted}: ${await phase(name)}`);
      await sleep(500);
    }
  };

  before(async () => {
    cluster = await theCluster();
    hands = new Hands({ ...cluster, kubectl: cluster.kubectl.path }, PREFIX, NOBODY);
    await hands.tried("delete", "namespace", NAMESPACE, "--ignore-not-found");
    image = await openclawImage();
    for (const object of deployment(image)) await hands.apply(object);
    await until("openclaw-0", "Running");
    first = await claim();
    project = await Project.open(join(__dirname, "../../examples/07-adopt"));
    env = { ...clientEnvironment(cluster), ...withoutProxyFor(cluster.nodeAddress) };
    const apiServer = `${cluster.nodeAddress}/32`;
    const settings = { kubeconfig: cluster.kubeconfig, namespace: NAMESPACE, claim: CLAIM, prefix: PREFIX, apiServer };
    for (const [key, value] of Object.entries(settings)) await project.must(["config", "set", key, value]);
    for (const key of ["clientSecret", "openaiApiKey"])
      await project.must(["config", "set", "--secret", key, "example"]);
  });

  after(async () => {
    project?.remove();
    await hands?.tried("delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout", "60s");
  });

  test("would be taken over without a replacement: two imports, everything else is new", async () => {
    const steps = await preview();
    assert.deepEqual(operations(steps), ["create", "import"]);
    imports = steps.filter(({ op }) => op === "import");
    assert.deepEqual(imports.map(nameOf).sort(), ["openclaw", "openclaw-state"]);
  });

  test("keeps its claim when it becomes part of the stack", async () => {
    await hands.kubectl("delete", "statefulset", "openclaw", "--namespace", NAMESPACE);
    await project.must(["up", "--yes", "--skip-preview", ...imports.flatMap(({ urn }) => ["--target", urn])], env);
    const now = await claim();
    assert.equal(now.metadata.uid, first.metadata.uid);
    assert.equal(now.spec.volumeName, first.spec.volumeName);
    assert.deepEqual((await inStack()).sort(), [NAMESPACE, CLAIM]);
    assert.deepEqual(changes(await preview()), []);
  });

  test("is the same to a stack that had it under another name", async () => {
    const state = imports.find((one) => nameOf(one) === "openclaw-state");
    assert.ok(state);
    await project.must(["state", "rename", state.urn, CLAIM, "--yes"]);
    assert.deepEqual(changes(await preview()), []);
  });

  test("has its files read by OpenClaw's user here, although they were another's alone", async () => {
    const reads = `if (require("fs").readFileSync("/home/node/.openclaw/note", "utf8") !== "${NOTE}") process.exit(1)`;
    const volume = [{ name: "data", persistentVolumeClaim: { claimName: CLAIM } }];
    await hands.apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "reader", namespace: NAMESPACE },
      spec: { ...pod(image, 20104, reads, volume), restartPolicy: "Never" },
    });
    await until("reader", "Succeeded");
  });

  test("keeps its claim when the stack is taken down", async () => {
    await project.must(["state", "unprotect", "--all", "--yes"]);
    await project.must(["destroy", "--yes", "--skip-preview"], env);
    assert.equal((await claim()).metadata.uid, first.metadata.uid);
  });
});
