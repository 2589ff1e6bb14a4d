/** What can be told from a kubeconfig without connecting. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";

interface Named {
  readonly name: string;
}

export interface Kubeconfig {
  readonly "current-context"?: string;
  readonly clusters?: readonly (Named & { cluster: object })[];
  readonly contexts?: readonly (Named & { context: { cluster?: string; namespace?: string } })[];
}

/** What the provider's configuration says instead of the kubeconfig. */
export interface Overrides {
  readonly context?: string;
  readonly cluster?: string;
}

/** The content of a kubeconfig that is given as a path or as content. */
export function kubeconfigText(pathOrContent: string): string {
  const path = pathOrContent.replace(/^~(?=$|\/)/, homedir());
  return existsSync(path) && statSync(path).isFile() ? readFileSync(path, "utf8") : pathOrContent;
}

/** @throws when it is none */
export function parseKubeconfig(pathOrContent: string): Kubeconfig {
  if (pathOrContent === "") return {};
  const parsed: unknown = parse(kubeconfigText(pathOrContent));
  if (parsed === null || typeof parsed !== "object" || Array.isArray(parsed))
    throw new Error("couldn't get version/kind; json parse error: it is neither a kubeconfig nor the path of one");
  return parsed;
}

/** The cluster that would be used, and the namespace of its context. */
export function activeCluster(
  config: Kubeconfig,
  { context, cluster }: Overrides,
): { cluster?: object; namespace?: string } {
  const name = context || config["current-context"];
  const found = config.contexts?.find((candidate) => candidate.name === name)?.context;
  if (found === undefined) return {};
  const wanted = cluster || found.cluster;
  const its = config.clusters?.find((candidate) => candidate.name === wanted)?.cluster;
  return { ...(its && { cluster: its }), ...(found.namespace && { namespace: found.namespace }) };
}

/** The kubeconfig of the machine, if it has one. */
export function ambientKubeconfig(): string | undefined {
  const paths = (process.env.KUBECONFIG ?? join(homedir(), ".kube", "config")).split(":");
  return paths.find((path) => path !== "" && existsSync(path));
}
