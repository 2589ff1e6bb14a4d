import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { INTERNET, type Perimeter } from "../lib/perimeter";
import { dialFromHere, TIMEOUT_MS } from "./dial";
import type { Seen, VerifyDriver } from "./driver";

export const WORKLOAD = "zero-trust-openclaw/workload";
const PART_OF = "app.kubernetes.io/part-of";
const TOOLS = "/tools/zt-tools";
const run = promisify(execFile);

/** How a cluster is reached. */
export interface Access {
  /** The program. */
  kubectl: string;
  kubeconfig: string;
  context?: string;
  /** Address at which ports of nodes are reached from here. */
  nodeAddress: string;
}

interface ContainerOfPod {
  name: string;
  image: string;
  securityContext?: Record<string, unknown>;
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
}

/** What the API server says about a pod. */
export interface Pod {
  metadata: { name: string; namespace: string; labels: Record<string, string>; deletionTimestamp?: string };
  spec: {
    containers: ContainerOfPod[];
    /** Sidecars among them. */
    initContainers?: ContainerOfPod[];
    volumes: { name: string; projected?: { sources: { secret?: { name: string } }[] } }[];
  };
  status: { podIP?: string; phase: string };
}

interface Service {
  metadata: { name: string; namespace: string };
  spec: {
    type: string;
    clusterIP: string;
    selector?: Record<string, string>;
    ports: { targetPort: number; nodePort?: number }[];
  };
}

/** A perimeter on a Kubernetes cluster, found by its label, as it is there now and not as it was planned. */
export class KubernetesVerifyDriver implements VerifyDriver {
  private known?: Promise<Pod[]>;
  private services?: Promise<Service[]>;

  constructor(
    readonly access: Access,
    readonly prefix: string,
    readonly perimeter: Perimeter,
  ) {}

  async tryFlow(from: string, to: string, port: number): Promise<Seen> {
    const targets = from === INTERNET ? await this.fromOutside(to, port) : await this.inside(to, port);
    if (targets.length === 0)
      return from === INTERNET
        ? { state: "closed", why: "no service leads to it from outside" }
        : { state: "unknown", why: `no pod of ${to} runs` };
    const seen = await Promise.all(targets.map((target) => this.dial(from, target)));
    return (
      seen.find(({ state }) => state === "open") ??
      seen.find(({ state }) => state === "unknown") ?? {
        state: "closed",
        why: seen.map((one) => ("why" in one ? one.why : "")).join("; "),
      }
    );
  }

  async strangers(): Promise<string[]> {
    const namespaces = new Map<string, string>();
    for (const { metadata } of await this.pods())
      namespaces.set(metadata.namespace, metadata.labels["zero-trust-openclaw/zone"] ?? metadata.namespace);
    const all = (await this.get<Pod>("pods", "--all-namespaces")).filter(({ metadata }) =>
      namespaces.has(metadata.namespace),
    );
    const zones = new Map(this.perimeter.workloads.map(({ name, zone }) => [name, zone]));
    return all.flatMap(({ metadata: { name, namespace, labels } }) => {
      const workload = labels[WORKLOAD];
      if (workload === undefined || !zones.has(workload))
        return [`pod ${name} is in ${namespace}, but belongs to no workload`];
      return namespace === `${this.prefix}-${zones.get(workload)}`
        ? []
        : [`pod ${name} says it is ${workload}, but is in ${namespace}`];
    });
  }

  /** The running pods of one workload. */
  async podsOf(workload: string): Promise<Pod[]> {
    return (await this.pods()).filter(({ metadata }) => metadata.labels[WORKLOAD] === workload);
  }

  /** Address of a workload's service, or of its pod where it has none. */
  async serviceOf(workload: string): Promise<string | undefined> {
    const own = (await this.allServices()).find(({ metadata }) => metadata.name === workload);
    return own?.spec.clusterIP ?? (await this.podsOf(workload))[0]?.status.podIP;
  }

  /** Looks at the cluster again, after something there was changed. */
  forget(): void {
    this.known = undefined;
    this.services = undefined;
  }

  /** Runs kubectl and returns what it said. */
  async kubectl(...args: string[]): Promise<string> {
    return (await run(this.access.kubectl, this.arguments(...args), { maxBuffer: 64 * 1024 * 1024 })).stdout;
  }

  /** Creates or changes an object, or a list of them. */
  apply(object: object): Promise<void> {
    return this.given(object, "apply", "--filename", "-");
  }

  /** Removes an object, or a list of them, and waits until they are gone. */
  remove(object: object): Promise<void> {
    return this.given(object, "delete", "--ignore-not-found", "--filename", "-");
  }

  private async given(object: object, ...args: string[]): Promise<void> {
    const done = run(this.access.kubectl, this.arguments(...args));
    done.child.stdin?.end(JSON.stringify(object));
    await done;
  }

  arguments(...args: string[]): string[] {
    const { kubeconfig, context } = this.access;
    return ["--kubeconfig", kubeconfig, ...(context ? ["--context", context] : []), ...args];
  }

  private pods(): Promise<Pod[]> {
    this.known ??= this.get<Pod>("pods", "--all-namespaces", "--selector", `${PART_OF}=${this.prefix}`).then((all) =>
      all.filter(({ status, metadata }) => status.phase === "Running" && !metadata.deletionTimestamp),
    );
    return this.known;
  }

  private allServices(): Promise<Service[]> {
    this.services ??= this.get<Service>("services", "--all-namespaces", "--selector", `${PART_OF}=${this.prefix}`);
    return this.services;
  }

  async get<Kind>(...what: string[]): Promise<Kind[]> {
    return (JSON.parse(await this.kubectl("get", ...what, "--output", "json")) as { items: Kind[] }).items;
  }

  /** Every address at which the workload could answer, or those of what is there already. */
  private async inside(to: string, port: number): Promise<string[]> {
    const { addresses } = this.perimeter.workloads.find(({ name }) => name === to) ?? {};
    if (addresses) return addresses.map((range) => `${range.split("/")[0]}:${port}`);
    const pods = (await this.podsOf(to)).flatMap(({ status: { podIP } }) => (podIP ? [podIP] : []));
    if (pods.length === 0) return [];
    const services = (await this.allServices()).filter(({ spec }) => spec.selector?.[WORKLOAD] === to);
    const virtual = services
      .filter(({ spec }) => spec.ports.some(({ targetPort }) => targetPort === port) && spec.type === "ClusterIP")
      .map(({ spec }) => spec.clusterIP);
    return [...pods, ...virtual].map((address) => `${address}:${port}`);
  }

  private async fromOutside(to: string, port: number): Promise<string[]> {
    const services = (await this.allServices()).filter(({ spec }) => spec.selector?.[WORKLOAD] === to);
    return services.flatMap(({ spec }) =>
      spec.ports.flatMap(({ targetPort, nodePort }) =>
        targetPort === port && nodePort ? [`${this.access.nodeAddress}:${nodePort}`] : [],
      ),
    );
  }

  private async dial(from: string, target: string): Promise<Seen> {
    if (from === INTERNET) return dialFromHere(target);
    const [pod] = await this.podsOf(from);
    if (pod === undefined) return { state: "unknown", why: `no pod of ${from} runs` };
    const { name, namespace } = pod.metadata;
    const tool = [TOOLS, "probe", "tcp", "--address", target, "--timeout", `${TIMEOUT_MS}ms`];
    try {
      await this.kubectl(
        "exec",
        "--namespace",
        namespace,
        name,
        "--container",
        `${pod.spec.containers[0]?.name}`,
        "--",
        ...tool,
      );
      return { state: "open" };
    } catch (error) {
      const { stderr = "", message } = error as { stderr?: string; message: string };
      const why = (/^zt-tools: (dial tcp .*)$/m.exec(stderr) ?? [])[1];
      // Only the tool's own refusal is proof of a closed port; an attempt that was never made is none.
      return why ? { state: "closed", why } : { state: "unknown", why: stderr.trim() || message };
    }
  }
}
