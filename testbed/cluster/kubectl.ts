/** The cluster's own command. */
import { join } from "node:path";
import { attempt, type Result, run } from "../process";
import { network, places } from "./layout";

export interface Access {
  readonly kubeconfig: string;
  readonly context: string;
}

/** For whatever talks to the cluster: no proxy stands between, whatever the machine has set. */
export function clientEnvironment({ kubeconfig }: Pick<Access, "kubeconfig">): Record<string, string> {
  return {
    KUBECONFIG: kubeconfig,
    ...withoutProxyFor(network.node),
    // What kubectl remembers of a cluster is remembered by its address, and the next cluster has the same.
    ...(kubeconfig === places.kubeconfig ? { KUBECACHEDIR: join(places.run, "kubectl") } : {}),
  };
}

/** The variables that name what is reached without a proxy, with one more address in them. */
export function withoutProxyFor(address: string, env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const known = [env.NO_PROXY, env.no_proxy].flatMap((list) => (list ?? "").split(","));
  const value = [...new Set([...known, address].map((one) => one.trim()).filter((one) => one !== ""))].join(",");
  return { NO_PROXY: value, no_proxy: value };
}

export type Manifest = Record<string, unknown>;

export interface KubectlOptions {
  readonly timeout?: number;
  readonly log?: string;
  readonly input?: string;
}

export class Kubectl {
  constructor(
    readonly path: string,
    readonly access: Access,
  ) {}

  run(args: readonly string[], options: KubectlOptions = {}): Promise<Result> {
    return run(this.path, this.words(args), { timeout: 120_000, ...options, env: clientEnvironment(this.access) });
  }

  attempt(args: readonly string[], options: KubectlOptions = {}): Promise<Result> {
    return attempt(this.path, this.words(args), { timeout: 120_000, ...options, env: clientEnvironment(this.access) });
  }

  async get<T>(args: readonly string[]): Promise<T> {
    return JSON.parse((await this.run(["get", "--output=json", ...args])).stdout) as T;
  }

  /** Makes things as they are described, whatever they were before. */
  async apply(manifests: readonly Manifest[], options: KubectlOptions = {}): Promise<void> {
    const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: manifests });
    await this.run(["apply", "--server-side", "--force-conflicts", "--filename=-"], { ...options, input });
  }

  private words(args: readonly string[]): string[] {
    return [`--kubeconfig=${this.access.kubeconfig}`, `--context=${this.access.context}`, ...args];
  }
}
