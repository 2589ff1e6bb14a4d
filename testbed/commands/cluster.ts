import { ensureCluster, removeCluster, restartCluster } from "../cluster/cluster";
import { named } from "../cluster/foreign";
import { places } from "../cluster/layout";
import { isThere, status } from "../cluster/node";
import { Problem, Progress } from "../progress";
import type { Options } from "./context";

/** Starts, ends, restarts the test cluster, or says how it is. Returns the exit code. */
export async function cluster(options: Options, what: string | undefined): Promise<number> {
  switch (what) {
    case "up":
      return up(options, ensureCluster);
    case "restart":
      return up(options, restartCluster);
    case "down":
      return down(options);
    case "status":
      return show(options);
    default:
      throw new Problem(
        "What about the cluster? Use one of: cluster up, cluster down, cluster status, cluster restart",
      );
  }
}

async function up({ state, out }: Options, body: typeof ensureCluster): Promise<number> {
  state.make();
  const { kubeconfig, context, kubectl } = await new Progress(1, state.logs, out).step("Kubernetes cluster", body);
  out.write(`export KUBECONFIG=${kubeconfig}\n`);
  out.write(`${kubectl.path} --context ${context} get pods --all-namespaces\n`);
  return 0;
}

async function down({ out }: Options): Promise<number> {
  const removed = await removeCluster((text) => out.write(`${text}\n`));
  out.write(removed ? "cluster removed\n" : "no cluster was started here\n");
  return 0;
}

function show({ out }: Options): number {
  const other = named();
  if (other !== undefined) out.write(`ZERO_TRUST_OPENCLAW_KUBECONFIG names a cluster: ${other.kubeconfig}\n`);
  if (!isThere()) {
    out.write("no cluster was started here\n");
    return 1;
  }
  const parts = status();
  for (const { name, pid, memory = 0 } of parts)
    out.write(`${name.padEnd(24)} ${pid === undefined ? "down" : `${pid}  ${Math.round(memory / 1024 ** 2)} MiB`}\n`);
  out.write(`kubeconfig: ${places.kubeconfig}\n`);
  return parts.every(({ pid }) => pid !== undefined) ? 0 : 1;
}
