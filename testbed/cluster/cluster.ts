/** The cluster that tests and demonstrations use: one that the user names, else a node started here. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type Docker from "dockerode";
import { which } from "../apt";
import { catalogue, type ImageKey } from "../images/catalogue";
import { withLock } from "../lock";
import { cache } from "../paths";
import { Problem, type Step } from "../progress";
import { type Binaries, ensureBinaries } from "./binaries";
import { enforcesPolicies, type Probe, projectProbe } from "./enforcement";
import { certManagerMissing, demandUsable, type Named, named } from "./foreign";
import { type ImportedImages, importer } from "./import";
import { clientEnvironment, Kubectl } from "./kubectl";
import { network, ownImages } from "./layout";
import { down, identity, isThere, Node } from "./node";
import { ensurePackages } from "./packages";

export interface Cluster {
  readonly kubeconfig: string;
  readonly context: string;
  /** Where services of type NodePort are reached from this machine. */
  readonly nodeAddress: string;
  /** Whether it was started here. */
  readonly own: boolean;
  readonly kubectl: Kubectl;
  /** The storage class to ask for; undefined for the cluster's default. */
  readonly storageClass?: string;
  /** For whatever talks to the cluster. */
  readonly environment: Readonly<Record<string, string>>;
  /** Brings images of a Docker engine into the cluster. Returns what pods may call exactly these. A user's own cluster pulls its images itself. */
  importImages(docker: Docker, references: readonly string[]): Promise<ImportedImages>;
  /** Ends kubelet and the container runtime and starts them again. Only for a cluster that was started here. */
  restart(): Promise<void>;
}

const lock = join(cache, "locks", "cluster");

const ownProbe: Probe = {
  tools: ownImages.tools,
  listener: { image: ownImages.tools, command: ["/listen", "0.0.0.0:8099"], port: 8099 },
};

/** For whatever is started from here: which node was found to enforce policies, so that it is not tried again before each of many deployments. */
const PROVEN = "ZERO_TRUST_OPENCLAW_PROVEN_NODE";

/** Finds or starts a cluster that enforces network policies and issues certificates. */
export async function ensureCluster(step: Step): Promise<{ value: Cluster; chose: string }> {
  const found = named();
  if (found === undefined && process.env[PROVEN] !== undefined && process.env[PROVEN] === identity())
    return { value: ownCluster(await ownNode(step), step), chose: `own node at ${network.node}, tried already` };
  const { cluster, how, probe } = found === undefined ? await startOwn(step) : await useNamed(found, step);
  step.say("trying network policies");
  const { enforced, said } = await enforcesPolicies(cluster.kubectl, probe);
  if (!enforced)
    throw new Problem(
      `This cluster does not enforce NetworkPolicy: ${said}. Nothing that is tested on it would mean anything, so nothing is. ` +
        (cluster.own
          ? "Run `make cluster-down` and `make cluster-up`."
          : "Install a network plugin that enforces policies, such as Calico or Cilium, or name another cluster."),
    );
  // Whatever is started from here reaches the node without a proxy.
  if (cluster.own) {
    const { NO_PROXY, no_proxy } = cluster.environment;
    Object.assign(process.env, { NO_PROXY, no_proxy, [PROVEN]: identity() ?? "" });
  }
  return { value: cluster, chose: `${how}; ${said}` };
}

/** The cluster that is there, for what must not wait: nothing is started, and nobody tries whether policies are enforced. */
export async function reachCluster(step: Step): Promise<{ value: Cluster; chose: string }> {
  const found = named();
  if (found !== undefined) {
    const { cluster, how } = await useNamed(found, step);
    return { value: cluster, chose: how };
  }
  const node = await ownNode(step);
  if (!existsSync(node.kubectl.access.kubeconfig))
    throw new Problem("No cluster was started here. Run: make cluster-up");
  return { value: ownCluster(node, step), chose: `own node at ${network.node}` };
}

interface Ready {
  readonly cluster: Cluster;
  readonly how: string;
  readonly probe: Probe;
}

async function startOwn(step: Step): Promise<Ready> {
  const node = await ownNode(step);
  const how = await withLock(
    lock,
    () => node.up(),
    ({ pid }) => step.say(`waiting for process ${pid}, which works on the cluster`),
  );
  return { cluster: ownCluster(node, step), how: `own node at ${network.node}, ${how}`, probe: ownProbe };
}

async function ownNode(step: Step): Promise<Node> {
  const programs = await ensurePackages(step);
  const binaries: Binaries = await ensureBinaries(step);
  return new Node(binaries, programs, step);
}

function ownCluster(node: Node, step: Step): Cluster {
  const { kubectl } = node;
  return {
    ...kubectl.access,
    kubectl,
    nodeAddress: network.node,
    own: true,
    environment: clientEnvironment(kubectl.access),
    importImages: (docker, references) =>
      withLock(lock, () => importer(node.containerd, (text) => step.say(text))(docker, references)),
    restart: () => withLock(lock, () => node.restart()),
  };
}

async function useNamed(found: Named, step: Step): Promise<Ready> {
  const path = which("kubectl") ?? (await ensureBinaries(step)).kubectl;
  step.say("asking the cluster that ZERO_TRUST_OPENCLAW_KUBECONFIG names");
  const { access, nodeAddress, version } = await demandUsable(path, found);
  const kubectl = new Kubectl(path, access);
  const missing = await certManagerMissing(kubectl);
  if (missing !== undefined) throw new Problem(missing);
  const cluster: Cluster = {
    ...access,
    kubectl,
    nodeAddress,
    own: false,
    environment: { KUBECONFIG: access.kubeconfig },
    importImages: async (_, references) => Object.fromEntries(references.map((reference) => [reference, reference])),
    restart: async () => {
      throw new Problem("Only a cluster that was started here can be started again from here.");
    },
  };
  const name = (key: ImageKey): string => catalogue.find((image) => image.key === key)?.name ?? key;
  const probe = projectProbe(name("workloadTools"), name("envoy"));
  return { cluster, how: `${version}, context ${access.context} of ${access.kubeconfig}`, probe };
}

/** Starts what ended of the own node, and its kubelet and container runtime anew. */
export async function restartCluster(step: Step): Promise<{ value: Cluster; chose: string }> {
  if (named() !== undefined)
    throw new Problem(
      "ZERO_TRUST_OPENCLAW_KUBECONFIG names a cluster; only one that was started here can be restarted.",
    );
  if (!isThere()) throw new Problem("There is no test cluster. Run: make cluster-up");
  const node = await ownNode(step);
  await withLock(lock, async () => {
    await node.up();
    await node.restart();
  });
  return { value: ownCluster(node, step), chose: "kubelet and containerd were started again" };
}

/** Ends and removes the own node. Returns false when there is none. */
export async function removeCluster(waiting: (text: string) => void = () => {}): Promise<boolean> {
  // Without the folder of the cache there was never one, and a lock would make it.
  if (!existsSync(cache)) return false;
  return withLock(
    lock,
    async () => {
      if (!isThere()) return false;
      await down();
      return true;
    },
    ({ pid }) => waiting(`waiting for process ${pid}, which works on the cluster`),
  );
}
