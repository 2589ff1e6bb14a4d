/** A cluster that the user names: whether it can be used, and if not, what is wrong and what to do. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { attempt } from "../process";
import { Problem } from "../progress";
import { type Access, Kubectl } from "./kubectl";

export interface Named {
  readonly kubeconfig: string;
  readonly context?: string;
}

const fileVariable = "ZERO_TRUST_OPENCLAW_KUBECONFIG";
const contextVariable = "ZERO_TRUST_OPENCLAW_CONTEXT";

/** What the environment names, if it does. */
export function named(env: NodeJS.ProcessEnv = process.env): Named | undefined {
  const kubeconfig = env[fileVariable];
  const context = env[contextVariable];
  if (kubeconfig === undefined || kubeconfig === "") {
    if (context !== undefined && context !== "")
      throw new Problem(`${contextVariable} is set, but ${fileVariable} is not: name the file that has this context.`);
    return undefined;
  }
  return { kubeconfig: resolve(kubeconfig), ...(context === undefined || context === "" ? {} : { context }) };
}

export interface Usable {
  readonly access: Access;
  readonly nodeAddress: string;
  readonly version: string;
}

export async function demandUsable(kubectlPath: string, { kubeconfig, context }: Named): Promise<Usable> {
  if (!existsSync(kubeconfig)) throw new Problem(`${fileVariable} names ${kubeconfig}, and there is no such file.`);
  const access = { kubeconfig, context: context ?? (await currentContext(kubectlPath, kubeconfig)) };
  const kubectl = new Kubectl(kubectlPath, access);
  const asked = await kubectl.attempt(["get", "nodes", "--output=json", "--request-timeout=15s"], { timeout: 30_000 });
  if (asked.code !== 0) throw new Problem(explain(asked.stderr, access));
  const { items } = JSON.parse(asked.stdout) as { items: NodeObject[] };
  const address = addressOf(items);
  if (address === undefined) throw new Problem(`The cluster of context ${access.context} has no node that is ready.`);
  const version = items[0]?.status.nodeInfo.kubeletVersion ?? "";
  return { access, nodeAddress: address, version: `${items.length} node${items.length === 1 ? "" : "s"} ${version}` };
}

async function currentContext(kubectl: string, kubeconfig: string): Promise<string> {
  const { code, stdout, stderr } = await attempt(kubectl, [`--kubeconfig=${kubeconfig}`, "config", "current-context"], {
    timeout: 20_000,
  });
  if (code === 0 && stdout.trim() !== "") return stdout.trim();
  throw new Problem(`${kubeconfig} has no current context (${stderr.trim()}). Name one with ${contextVariable}.`);
}

interface NodeObject {
  readonly status: {
    readonly nodeInfo: { readonly kubeletVersion: string };
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** Of a node that is ready: one that the world can reach, if it has such a one. */
export function addressOf(nodes: readonly NodeObject[]): string | undefined {
  const ready = nodes.filter(({ status }) =>
    status.conditions?.some(({ type, status: state }) => type === "Ready" && state === "True"),
  );
  const addresses = ready.flatMap(({ status }) => status.addresses ?? []);
  return ["ExternalIP", "InternalIP"]
    .map((type) => addresses.find((address) => address.type === type)?.address)
    .find((address) => address !== undefined);
}

/** What kubectl says, as what is wrong and what to do. */
export function explain(stderr: string, { kubeconfig, context }: Access): string {
  const where = `the cluster of context ${context} in ${kubeconfig}`;
  const last = stderr.trim().split("\n").pop() ?? "";
  if (/context "?.*"? does not exist|no context exists|context was not found/i.test(stderr))
    return `${kubeconfig} has no context ${context}. Set ${contextVariable} to one that \`kubectl config get-contexts\` lists.`;
  if (
    /Unauthorized|must be logged in|provide credentials|certificate has expired|token.*expired|getting credentials|exec: executable/i.test(
      stderr,
    )
  )
    return `You may not enter ${where}: your credentials are expired or missing (${last}). Log in again with your cluster's own command, and run the same command again.`;
  if (/forbidden/i.test(stderr))
    return `Your rights in ${where} are not enough (${last}). The tests make namespaces, roles and policies; use an account that administers the cluster.`;
  if (/x509|tls: /i.test(stderr))
    return `The certificate of ${where} cannot be trusted (${last}). Get a new kubeconfig from your cluster's own command.`;
  return `${where[0]?.toUpperCase()}${where.slice(1)} cannot be reached (${last}). Start it, or connect to its network, or unset ${fileVariable} to use a node that is started here.`;
}

/** Undefined when certificates can be asked for, else what to do. */
export async function certManagerMissing(kubectl: Kubectl): Promise<string | undefined> {
  const needed = ["certificates", "issuers", "clusterissuers"].map((name) => `${name}.cert-manager.io`);
  const { code } = await kubectl.attempt(["get", "customresourcedefinitions", ...needed, "--request-timeout=15s"]);
  if (code === 0) return undefined;
  return (
    `cert-manager is not installed in the cluster of context ${kubectl.access.context}: it has no ${needed.join(", ")}. ` +
    "Install it, for instance with Helm from the chart jetstack/cert-manager with crds.enabled=true, and run the same command again."
  );
}
