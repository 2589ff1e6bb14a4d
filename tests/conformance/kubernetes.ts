import { join } from "node:path";
import type { Perimeter } from "../../lib/perimeter";
import { sleep } from "../../testbed/sleep";
import { type Access, KubernetesVerifyDriver, type Pod } from "../../verify/kubernetes";
import type { ConformanceDriver, Position } from "./driver";
import type { Answer, Order } from "./probe";
import { PROBE, Probe } from "./running-probe";

const RUNNING_MS = 30_000;
const TRIES = 3;
const LOG_LINES = "3000";
const HARDENED = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};
/** Whoever is neither. */
const STRANGER = "stranger";
/** Lets a stranger in and out where a policy of somebody else's does. */
const WRONG_POLICY = "somebodys-mistake";

/** Where nothing but policies tells callers apart: what they ask for ends at the identity provider. */
const ONLY_BY_POLICY = ["edge egress"];

/** A container of a pod. */
export interface PlaceInPod {
  namespace: string;
  pod: string;
  container: string;
}

/** Runs attacks on a cluster: a probe in a pod of the workload, in its network, with its files and as its user. */
export class KubernetesDriver extends KubernetesVerifyDriver implements ConformanceDriver {
  private readonly probes = new Map<string, Promise<Probe>>();
  private readonly mistakes = new Set<string>();
  private readonly visited = new Set<string>();
  private count = 0;

  /** @param image What the cluster knows the probe as. */
  constructor(
    access: Access,
    prefix: string,
    perimeter: Perimeter,
    readonly image: string,
  ) {
    super(access, prefix, perimeter);
  }

  async exchange(position: Position, order: Order): Promise<Answer> {
    const key = JSON.stringify(position);
    let probe = this.probes.get(key);
    if (probe === undefined) {
      probe = this.start(position);
      this.probes.set(key, probe);
    }
    return (await probe).carryOut(order);
  }

  async addressBetween(_from: string, to: string): Promise<string> {
    const found = await this.serviceOf(to);
    if (found === undefined) throw new Error(`no pod of ${to} runs`);
    return found;
  }

  /** A pod listens on all its addresses, of which it has one. */
  async addressesOf(workload: string): Promise<string[]> {
    const own = (await this.podsOf(workload)).flatMap(({ status: { podIP } }) => (podIP ? [podIP] : []));
    return [...own, "0.0.0.0", "[::]"];
  }

  /** Of all its pods, one after the other: any of them may have had the request. */
  async log(workload: string): Promise<string[]> {
    const pods = await this.podsOf(workload);
    if (pods.length === 0) throw new Error(`no pod of ${workload} runs`);
    const logs = pods.map(({ metadata, spec }) => {
      const container = (spec.containers.find(({ name }) => name === workload) ?? spec.containers[0])?.name as string;
      const where = ["--namespace", metadata.namespace, metadata.name, "--container", container];
      return this.kubectl("logs", ...where, "--tail", LOG_LINES);
    });
    return (await Promise.all(logs)).flatMap((text) => text.split("\n").filter(Boolean));
  }

  async configuration(workload: string): Promise<string> {
    const { metadata, spec } = await this.pod(workload);
    const files = spec.volumes.find(({ name }) => name === `${workload}-files`);
    for (const { secret } of files?.projected?.sources ?? []) {
      if (secret === undefined) continue;
      const where = ["--namespace", metadata.namespace, secret.name, "--output", "json"];
      const { data } = JSON.parse(await this.kubectl("get", "secret", ...where)) as { data: Record<string, string> };
      const found = data["envoy.json"];
      if (found !== undefined) return Buffer.from(found, "base64").toString();
    }
    throw new Error(`${workload} has no configuration of an Envoy`);
  }

  /** An Envoy that is started again and again is held back by the kubelet; what each of its defences is worth is tried on Docker. */
  async reconfigure(): Promise<void> {
    throw new Error("configurations are not changed on a cluster");
  }

  async close(): Promise<void> {
    for (const [key, starting] of this.probes) {
      const probe = await starting.catch(() => undefined);
      this.probes.delete(key);
      await probe?.end();
    }
    for (const namespace of new Set([...this.mistakes, ...this.visited])) {
      const where = ["--namespace", namespace, "--ignore-not-found", "--wait=true"];
      await this.kubectl("delete", "networkpolicies,pods", "--selector", `role=${STRANGER}`, ...where);
    }
  }

  private async pod(workload: string): Promise<Pod> {
    const [pod] = await this.podsOf(workload);
    if (pod === undefined) throw new Error(`no pod of ${workload} runs`);
    return pod;
  }

  private async start(position: Position): Promise<Probe> {
    if (position === "internet") return new Probe(join(PROBE, "probe"), []);
    const place =
      "workload" in position
        ? await this.within(position.workload, position.container)
        : await this.beside(position.strangerBetween);
    return new Probe(this.access.kubectl, this.attached(place));
  }

  /** What kubectl is told to be given a container's input, and to give its output. */
  attached({ namespace, pod, container }: PlaceInPod): string[] {
    return this.arguments("attach", "--stdin", "--quiet", "--namespace", namespace, pod, "--container", container);
  }

  /**
   * One more container in a pod that runs, which sees what the workload's own sees. Now and then the runtime does not find the pod's
   * namespaces at that moment; that container never runs, and the next one does.
   */
  async within(workload: string, name = workload): Promise<PlaceInPod> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.join(workload, name);
      } catch (error) {
        if (tries === TRIES || !/RunContainerError/.test((error as Error).message)) throw error;
      }
    }
  }

  private async join(workload: string, name: string): Promise<PlaceInPod> {
    const { metadata, spec } = await this.pod(workload);
    const all = [...spec.containers, ...(spec.initContainers ?? [])];
    const target = all.find((one) => one.name === name) ?? all[0];
    if (target === undefined) throw new Error(`no container "${name}" in a pod of ${workload}`);
    this.count += 1;
    const container = `probe-${process.pid}-${this.count}`;
    const probe = {
      name: container,
      image: this.image,
      imagePullPolicy: "IfNotPresent",
      stdin: true,
      stdinOnce: true,
      securityContext: { ...HARDENED, ...target.securityContext },
      volumeMounts: (target.volumeMounts ?? []).map((mount) => ({ ...mount, readOnly: true })),
    };
    const where = ["--namespace", metadata.namespace, metadata.name];
    const patch = JSON.stringify({ spec: { ephemeralContainers: [probe] } });
    await this.kubectl("patch", "pod", ...where, "--subresource", "ephemeralcontainers", "--patch", patch);
    const place = { namespace: metadata.namespace, pod: metadata.name, container };
    await this.running(place, "ephemeralContainerStatuses");
    return place;
  }

  /** A pod in the caller's zone, where somebody's policy that is too wide lets it out, and another lets it in. */
  private async beside([from, to]: [string, string]): Promise<PlaceInPod> {
    const places = await Promise.all([from, to].map(async (one) => (await this.pod(one)).metadata.namespace));
    const namespace = places[0] as string;
    this.visited.add(namespace);
    const mistake = !ONLY_BY_POLICY.includes(`${from} ${to}`);
    if (mistake) for (const place of places) await this.mistake(place);
    this.count += 1;
    const name = `${STRANGER}-${process.pid}-${this.count}`;
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace, labels: { role: STRANGER, mistake: `${mistake}` } },
      spec: {
        automountServiceAccountToken: false,
        restartPolicy: "Never",
        securityContext: { runAsNonRoot: true, seccompProfile: HARDENED.seccompProfile },
        containers: [
          {
            name: STRANGER,
            image: this.image,
            imagePullPolicy: "IfNotPresent",
            stdin: true,
            stdinOnce: true,
            securityContext: { ...HARDENED, runAsUser: 65532 },
          },
        ],
      },
    };
    await this.apply(pod);
    const place = { namespace, pod: name, container: STRANGER };
    await this.running(place, "containerStatuses");
    return place;
  }

  private async mistake(namespace: string): Promise<void> {
    if (this.mistakes.has(namespace)) return;
    this.mistakes.add(namespace);
    const stranger = { matchLabels: { role: STRANGER, mistake: "true" } };
    const policies = {
      out: { podSelector: stranger, policyTypes: ["Egress"], egress: [{}] },
      in: {
        podSelector: {},
        policyTypes: ["Ingress"],
        ingress: [{ from: [{ podSelector: stranger, namespaceSelector: {} }] }],
      },
    };
    for (const [way, spec] of Object.entries(policies)) {
      const metadata = { name: `${WRONG_POLICY}-${way}`, namespace, labels: { role: STRANGER } };
      await this.apply({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata, spec });
    }
  }

  /** Waits until a container runs. */
  async running({ namespace, pod, container }: PlaceInPod, kind: string): Promise<void> {
    const limit = Date.now() + RUNNING_MS;
    const path = `{.status.${kind}[?(@.name=="${container}")].state}`;
    for (;;) {
      const state = await this.kubectl("get", "pod", "--namespace", namespace, pod, "--output", `jsonpath=${path}`);
      if (state.includes("running")) return;
      // The runtime may fail to start two in one pod at once; the kubelet tries again.
      if (Date.now() > limit) throw new Error(`the probe in ${namespace}/${pod} does not run: ${state}`);
      await sleep(200);
    }
  }
}
