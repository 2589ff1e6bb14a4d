/** Starts, restarts and ends the one node. Starting it again is always right, whatever state an earlier run left it in. */
import { createReadStream, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { attempt } from "../process";
import { message, Problem, type Step, tail } from "../progress";
import { sleep } from "../sleep";
import { deployments, rights, workloads } from "./addons";
import { apiUnready } from "./api";
import type { Binaries } from "./binaries";
import { type Component, type ComponentName, componentNames, components, configurationFiles } from "./configuration";
import { Containerd } from "./containerd";
import { makeControlGroups } from "./control-groups";
import { noteKernelSettings, restoreKernelSettings } from "./kernel";
import { Kubectl } from "./kubectl";
import { context, home, nodeName, places, volumes } from "./layout";
import { isNodeItself, stopEverything } from "./leftovers";
import { makeNetwork, networkStands } from "./network";
import type { Programs } from "./packages";
import { ensurePki } from "./pki";
import { foreignNode, logOf, ours, running, start, stop } from "./processes";

/** Everything here is quick on an idle machine; a busy one may take much longer. */
const patience = 120_000;
const pause = 100;
const mostRestarts = 20;

/** A part ends whenever it is started. */
class KeepsEnding extends Error {}

export class Node {
  readonly kubectl: Kubectl;
  readonly containerd: Containerd;
  private readonly parts: Readonly<Record<ComponentName, Component>>;

  constructor(
    private readonly binaries: Binaries,
    private readonly programs: Programs,
    private readonly step: Step,
  ) {
    this.kubectl = new Kubectl(binaries.kubectl, { kubeconfig: places.kubeconfig, context });
    this.containerd = new Containerd(programs.ctr);
    this.parts = components(binaries.folder, programs.containerd);
  }

  /** Returns how it was found, for the user. */
  async up(): Promise<string> {
    const other = foreignNode();
    if (other !== undefined)
      throw new Problem(
        `A test cluster of another cache folder runs on this machine: ${other}. Set ZERO_TRUST_OPENCLAW_CACHE as it was set for that one, and take it down with \`make cluster-down\`.`,
      );
    if (isNodeItself())
      throw new Problem(
        "This machine is a Kubernetes node itself, which a second one would disturb. Name its cluster, or another one, with ZERO_TRUST_OPENCLAW_KUBECONFIG.",
      );
    await sweep();
    const known = existsSync(places.data);
    try {
      return await this.bringUp(known);
    } catch (error) {
      // What was stored may be the reason, for instance after a power cut. A test cluster is soon made again; but a machine that is only slow must not
      // cost what is on it.
      if (!known || !(error instanceof KeepsEnding)) throw error;
      this.step.note(
        `the cluster did not start with what it had stored, so it starts from nothing: ${message(error).split("\n")[0]}`,
      );
      await down();
      return this.bringUp(false);
    }
  }

  private async bringUp(known: boolean): Promise<string> {
    const before = componentNames.filter((name) => running(name) !== undefined).length;
    if (!(await networkStands())) {
      this.step.say("making its network");
      await stopEverything();
      await makeNetwork(this.step.log);
    }
    for (const folder of [places.run, places.log, places.data, volumes])
      mkdirSync(folder, { recursive: true, mode: 0o711 });
    await ensurePki();
    writeConfiguration(configurationFiles(this.programs.networkPlugins));
    noteKernelSettings();
    makeControlGroups();

    this.step.say("starting etcd, containerd and the API server");
    await this.start("etcd", "containerd", "kube-apiserver");
    await this.until("containerd answers", ["containerd"], () => this.containerd.answers());
    await this.importOwnImages();
    await this.until(
      "the API server is ready",
      ["etcd", "kube-apiserver"],
      async () => (await apiUnready()) === undefined,
    );
    await this.start("kube-controller-manager", "kube-scheduler");
    await this.kubectl.apply(rights, { log: this.step.log });
    // Policies first when there are pods already, so that none is up without them.
    if (await this.hasAddresses()) await this.start("kube-network-policies");
    this.step.say("starting the node");
    const started = Date.now();
    const fresh = await this.start("kubelet");
    await this.start("kube-proxy", "volumes");
    await this.until("the node has addresses for pods", ["kube-controller-manager", "kubelet"], () =>
      this.hasAddresses(),
    );
    await this.start("kube-network-policies");
    await this.ready(fresh ? started : 0);
    await this.addOns();
    if (before === componentNames.length) return "running already";
    return known
      ? `started with what it had stored, ${before} of ${componentNames.length} parts were running`
      : "started";
  }

  private async start(...names: ComponentName[]): Promise<boolean> {
    let started = false;
    for (const name of names) started = (await start(this.parts[name])) || started;
    return started;
  }

  /** Waits, and starts again what ended meanwhile: some parts give up when another one is late. */
  private async until(what: string, needs: readonly ComponentName[], test: () => Promise<boolean>): Promise<void> {
    const limit = Date.now() + patience;
    let restarts = 0;
    while (!(await test())) {
      const fallen = needs.filter((name) => running(name) === undefined);
      if (restarts > mostRestarts) throw new KeepsEnding(failed(what, fallen[0] ?? needs[0] ?? "kubelet"));
      if (Date.now() > limit) throw new Error(failed(what, fallen[0] ?? needs.at(-1) ?? "kubelet"));
      if (fallen.length > 0) {
        restarts += fallen.length;
        await sleep(500);
        await this.start(...fallen);
      }
      await sleep(pause);
    }
  }

  private async hasAddresses(): Promise<boolean> {
    const { code, stdout } = await this.kubectl.attempt(["get", "node", nodeName, "--output=jsonpath={.spec.podCIDR}"]);
    return code === 0 && stdout !== "";
  }

  /** What the node said of itself before `since` does not count: it may have been killed after that. */
  private ready(since: number): Promise<void> {
    return this.until("the node is ready", [...componentNames], async () => {
      const { code, stdout } = await this.kubectl.attempt(["get", "node", nodeName, "--output=json"]);
      return code === 0 && isReady(JSON.parse(stdout) as NodeObject, since);
    });
  }

  private async importOwnImages(): Promise<void> {
    const stored = await this.containerd.images();
    for (const [name, archive] of Object.entries(this.binaries.images)) {
      const source = `${basename(dirname(archive))}/${basename(archive)}`;
      if (stored.some((image) => image.name === name && image.source === source)) continue;
      await this.containerd.importImage(name, source, createReadStream(archive));
    }
  }

  private async addOns(): Promise<void> {
    const { log } = this.step;
    this.step.say("starting what runs in the cluster");
    const definitions = ["apply", "--server-side", "--force-conflicts", `--filename=${this.binaries.definitions}`];
    await this.kubectl.run(definitions, { log });
    await this.kubectl.apply(workloads, { log });
    for (const [namespace, name] of deployments) {
      const args = ["rollout", "status", `deployment/${name}`, `--namespace=${namespace}`, "--timeout=120s"];
      await this.kubectl.run(args, { timeout: 130_000, log });
    }
  }

  /** Ends kubelet and containerd and starts them again, as an update of a node does. Pods go on meanwhile. */
  async restart(): Promise<void> {
    await stop("kubelet");
    await stop("containerd");
    await this.start("containerd");
    await this.until("containerd answers", ["containerd"], () => this.containerd.answers());
    const since = Date.now();
    await this.start("kubelet");
    await this.ready(since);
  }
}

/** Ends everything and removes everything but caches. */
export async function down(): Promise<void> {
  await stopEverything();
  if (existsSync(places.kernel)) restoreKernelSettings();
  await sweep();
  // A run that is killed here must not leave half of what was stored.
  if (existsSync(home)) renameSync(home, removed);
  await sweep();
}

const removed = `${home}.removed`;

async function sweep(): Promise<void> {
  if (!existsSync(removed)) return;
  // Should something be mounted there after all, it is not ours to empty.
  const { code, stderr } = await attempt("rm", ["-rf", "--one-file-system", removed]);
  if (code !== 0) throw new Error(`${removed} cannot be removed: ${stderr.trim()}`);
}

/** Whether there is anything of a node on this machine. */
export const isThere = (): boolean => existsSync(home) || existsSync(removed) || ours().length > 0;

/** Names the node as it runs now: another text once any of its parts was started anew. Undefined while one does not run. */
export function identity(): string | undefined {
  const parts = componentNames.map(running);
  return parts.every((part) => part !== undefined) ? JSON.stringify(parts) : undefined;
}

export interface Part {
  readonly name: ComponentName;
  readonly pid?: number;
  /** Bytes of memory that it alone uses. */
  readonly memory?: number;
}

export function status(): Part[] {
  return componentNames.map((name) => {
    const pid = running(name)?.pid;
    if (pid === undefined) return { name };
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readStatus(pid))?.[1];
    return { name, pid, memory: Number(kilobytes ?? 0) * 1024 };
  });
}

function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "";
  }
}

interface NodeObject {
  readonly status?: {
    readonly conditions?: readonly { type: string; status: string; lastHeartbeatTime: string }[];
  };
}

/** Times of the API have whole seconds. */
export function isReady(node: NodeObject, since: number): boolean {
  const condition = node.status?.conditions?.find(({ type }) => type === "Ready");
  return condition?.status === "True" && Date.parse(condition.lastHeartbeatTime) >= Math.floor(since / 1000) * 1000;
}

function writeConfiguration(files: Readonly<Record<string, string>>): void {
  for (const [file, content] of Object.entries(files)) {
    if (existsSync(file) && readFileSync(file, "utf8") === content) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, content);
    renameSync(`${file}.new`, file);
  }
}

function failed(what: string, culprit: ComponentName): string {
  const lines = tail(logOf(culprit)).map((line) => `  ${line.slice(0, 300)}`);
  return [`the test cluster did not come so far that ${what}. Last lines of ${logOf(culprit)}:`, ...lines].join("\n");
}
