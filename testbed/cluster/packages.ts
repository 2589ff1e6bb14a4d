/** What the node needs of the machine's own distribution. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { aptInstall, which } from "../apt";
import { Unavailable } from "../choose";
import { message, Problem, type Step } from "../progress";

/** Debian's packages by a program each brings. */
const packages: Readonly<Record<string, string>> = {
  containerd: "containerd",
  runc: "runc",
  ctr: "containerd",
  iptables: "iptables",
  ipset: "ipset",
  conntrack: "conntrack",
  ethtool: "ethtool",
  ip: "iproute2",
  sysctl: "procps",
  nsenter: "util-linux",
};
/** Where distributions and the project itself put the network plugins. */
const pluginFolders = ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"];
const plugins = ["bridge", "host-local", "loopback"];

export interface Programs {
  readonly containerd: string;
  readonly ctr: string;
  readonly networkPlugins: string;
}

export async function ensurePackages(step: Step): Promise<Programs> {
  if (process.platform !== "linux") throw unable(`a Kubernetes node runs on Linux, and this is ${process.platform}`);
  if (process.getuid?.() !== 0) throw unable("only root may start a Kubernetes node, and this user is not root");
  const missing = missingPackages();
  if (missing.length > 0)
    await aptInstall(missing, step.log, (text) => step.say(text)).catch((error) => {
      throw error instanceof Unavailable ? unable(message(error)) : error;
    });
  const still = missingPackages();
  if (still.length > 0) throw unable(`these packages bring not what they should: ${still.join(", ")}`);
  return {
    containerd: which("containerd") as string,
    ctr: which("ctr") as string,
    networkPlugins: networkPlugins() as string,
  };
}

const unable = (why: string): Problem =>
  new Problem(
    `No test cluster can be started here: ${why}.\nName a cluster of your own with ZERO_TRUST_OPENCLAW_KUBECONFIG (and ZERO_TRUST_OPENCLAW_CONTEXT), or run as root on Debian.`,
  );

function missingPackages(): string[] {
  const missing = Object.entries(packages).filter(([program]) => which(program) === undefined);
  const names = missing.map(([, name]) => name);
  if (networkPlugins() === undefined) names.push("containernetworking-plugins");
  return [...new Set(names)];
}

const networkPlugins = (): string | undefined =>
  pluginFolders.find((folder) => plugins.every((name) => existsSync(join(folder, name))));
