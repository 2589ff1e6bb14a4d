/** The one-node test cluster: where it keeps its things, its addresses and its names. Everything else in this folder asks here. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { cache } from "../paths";

export const home = join(cache, "cluster");

export const places = {
  /** What the cluster knows and stores: etcd, containerd, kubelet, volumes. */
  data: join(home, "data"),
  /** What is of no use once the processes have ended: sockets, mounts, notes of what runs. */
  run: join(home, "run"),
  log: join(home, "log"),
  pki: join(home, "pki"),
  configuration: join(home, "configuration"),
  /** Values of the machine's own settings that kubelet changes. */
  kernel: join(home, "kernel.json"),
  kubeconfig: join(home, "kubeconfig"),
} as const;

export const sockets = { containerd: join(places.run, "containerd.sock") } as const;
export const volumes = join(places.data, "volumes");
/** The node's network namespace, as a file it is mounted on. */
export const networkNamespace = join(places.run, "network");

export const context = "zero-trust-openclaw-test";
export const nodeName = "node1";

export const network = {
  /** A pair of devices joins the machine and the node; there is no other way in or out. */
  device: "zt-cluster",
  uplink: "uplink",
  bridge: "cni0",
  machine: "10.250.0.1",
  node: "10.250.0.2",
  prefix: 30,
  pods: "10.244.0.0/16",
  /** The part of it that the one node gets. */
  nodePods: "10.244.0.0/24",
  services: "10.96.0.0/16",
  api: "10.96.0.1",
  dns: "10.96.0.10",
  domain: "cluster.local",
  /** Also the name of the files in which the network plugins note addresses. */
  name: "zero-trust-openclaw",
} as const;

export const apiServer = `https://${network.node}:6443`;

/** Every control group of a pod is below this one: that is how its processes are found. */
export const controlGroup = `zero-trust-openclaw-${createHash("sha256").update(home).digest("hex").slice(0, 8)}`;

/** Every process of the node that is not in a pod has this in its environment. */
export const processMark = { name: "ZERO_TRUST_OPENCLAW_CLUSTER", value: home } as const;

/** The images that are made here, by their full names. */
export const ownImages = {
  pause: "docker.io/zero-trust-openclaw/pause:1",
  /** `/zt-tools` as in the project's image of that name, and `/listen`. */
  tools: "docker.io/zero-trust-openclaw/cluster-tools:1",
  dns: "docker.io/zero-trust-openclaw/coredns:1.14.7",
  certManager: "docker.io/zero-trust-openclaw/cert-manager:1.21.2",
} as const;
