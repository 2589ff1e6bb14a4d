/** Takes away what the node's processes leave when they have ended: mounts, namespaces, control groups, and files outside its folder. */
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { mountsBelow } from "../mounts";
import { attempt } from "../process";
import { removeControlGroups } from "./control-groups";
import { home, network, places } from "./layout";
import { removeNetwork } from "./network";
import { endAll } from "./processes";

/** Ends everything that runs. What the cluster stores stays. */
export async function stopEverything(): Promise<void> {
  const supervisors = supervisorSockets();
  const pods = list(join(places.run, "containerd", "io.containerd.grpc.v1.cri", "sandboxes"));
  await endAll();
  await unmount();
  await removeNetwork();
  await removeControlGroups();
  for (const socket of supervisors) rmSync(socket, { force: true });
  removeLinks();
  removeDevices();
  removeNetworkNotes(pods);
  rmSync(places.run, { recursive: true, force: true });
}

async function unmount(): Promise<void> {
  // Several things may be mounted on one folder, and some only show when others are gone.
  for (let round = 0; round < 5; round += 1) {
    const mounts = mountsBelow(home);
    if (mounts.length === 0) return;
    for (const mount of mounts) await attempt("umount", ["-l", mount]);
  }
  const left = mountsBelow(home);
  if (left.length > 0) throw new Error(`these mounts of the test cluster cannot be removed: ${left.join(", ")}`);
}

/** Those of the processes that watch over pods are in a folder that all containerds of the machine share. */
function supervisorSockets(): string[] {
  const tasks = join(places.run, "containerd", "io.containerd.runtime.v2.task", "k8s.io");
  return list(tasks).flatMap((task) => {
    try {
      const address = readFileSync(join(tasks, task, "address"), "utf8").trim();
      return address.startsWith("unix://") ? [address.slice("unix://".length)] : [];
    } catch {
      return [];
    }
  });
}

/** kubelet links the logs of its containers here, whatever it is told. */
function removeLinks(): void {
  const folder = "/var/log/containers";
  for (const name of list(folder)) {
    const path = join(folder, name);
    if (lstatSync(path).isSymbolicLink() && readlinkSync(path).startsWith(`${home}/`)) rmSync(path);
  }
  removeEmpty(folder);
}

/** Where a kubelet has its things, and this one a socket, whatever it is told. */
const systemKubelet = "/var/lib/kubelet";
const devices = join(systemKubelet, "device-plugins");

function removeDevices(): void {
  if (isNodeItself()) return;
  rmSync(join(devices, "kubelet.sock"), { force: true });
  removeEmpty(devices);
  removeEmpty(systemKubelet);
}

/** Whether the machine is a node of some cluster. A second kubelet would empty the first one's folder of devices. */
export const isNodeItself = (): boolean => list(systemKubelet).some((name) => name !== "device-plugins");

/** The network plugins note here what they did for each pod, whatever they are told. */
function removeNetworkNotes(pods: readonly string[]): void {
  const folder = "/var/lib/cni";
  const inner = join(folder, "results");
  for (const name of list(inner))
    if (name.startsWith(`${network.name}-`) || pods.some((pod) => name.includes(pod))) rmSync(join(inner, name));
  removeEmpty(inner);
  removeEmpty(folder);
}

const list = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Not there, or others use it.
  }
}
