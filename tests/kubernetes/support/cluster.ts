import { readdirSync, readFileSync } from "node:fs";
import type { Perimeter } from "../../../lib";
import { sleep } from "../../../testbed/sleep";
import type { Access } from "../../../verify/kubernetes";
import { KubernetesVerifyDriver } from "../../../verify/kubernetes";

interface Status {
  name: string;
  containerID?: string;
}

/** A test's hands on the cluster, besides those of the driver. */
export class Hands extends KubernetesVerifyDriver {
  constructor(access: Access, prefix: string, perimeter: Perimeter) {
    super(access, prefix, perimeter);
  }

  /** Runs kubectl; a refusal is an answer. */
  async tried(...args: string[]): Promise<{ code: number; output: string }> {
    try {
      return { code: 0, output: await this.kubectl(...args) };
    } catch (error) {
      const { code = 1, stdout = "", stderr = "" } = error as { code?: number; stdout?: string; stderr?: string };
      return { code, output: `${stdout}${stderr}` };
    }
  }

  /** As `apply`, but a refusal is an answer: what was said, or nothing. */
  async refused(object: object): Promise<string | undefined> {
    try {
      await this.apply(object);
      return undefined;
    } catch (error) {
      return (error as { stderr?: string }).stderr ?? `${error}`;
    }
  }

  namespaceOf(workload: string): string {
    const zone = this.perimeter.workloads.find(({ name }) => name === workload)?.zone;
    return `${this.prefix}-${zone}`;
  }

  /** What a Secret holds. */
  async secret(namespace: string, name: string): Promise<Record<string, string>> {
    const { data = {} } = JSON.parse(
      await this.kubectl("get", "secret", "--namespace", namespace, name, "--output", "json"),
    ) as { data?: Record<string, string> };
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
    );
  }

  /** Waits until every pod of the perimeter is ready. */
  async allReady(limitMs = 180_000): Promise<void> {
    const limit = Date.now() + limitMs;
    for (;;) {
      const pods = await this.get<{
        metadata: { name: string; deletionTimestamp?: string };
        status: { conditions?: { type: string; status: string }[] };
      }>("pods", "--all-namespaces", "--selector", `app.kubernetes.io/part-of=${this.prefix}`);
      const unready = pods.filter(
        ({ metadata, status }) =>
          metadata.deletionTimestamp ||
          !status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True"),
      );
      if (pods.length > 0 && unready.length === 0) break;
      if (Date.now() > limit) throw new Error(`not ready: ${unready.map(({ metadata }) => metadata.name).join(", ")}`);
      await sleep(500);
    }
    this.forget();
  }

  /** Kills a container's processes on our own node; returns how many there were. A probe may be among them, and end by itself meanwhile. */
  async kill(workload: string, container: string): Promise<number> {
    const pids = await this.processesOf(workload, container);
    for (const pid of pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    }
    return pids.length;
  }

  /** Processes of a container of our own node, by what the kernel says of them. */
  private async processesOf(workload: string, container: string): Promise<number[]> {
    const pods = await this.get<{ status: Partial<Record<"containerStatuses" | "initContainerStatuses", Status[]>> }>(
      ...["pods", "--namespace", this.namespaceOf(workload)],
      ...["--selector", `zero-trust-openclaw/workload=${workload}`],
    );
    const ids = pods.flatMap(({ status }) =>
      [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])].flatMap(({ name, containerID }) =>
        name === container && containerID ? [containerID.split("//")[1] as string] : [],
      ),
    );
    return readdirSync("/proc")
      .filter((entry) => /^\d+$/.test(entry))
      .filter((pid) => {
        try {
          const groups = readFileSync(`/proc/${pid}/cgroup`, "utf8");
          return ids.some((id) => groups.includes(id));
        } catch {
          return false;
        }
      })
      .map(Number);
  }
}
