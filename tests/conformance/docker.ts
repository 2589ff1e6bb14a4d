import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { linkKey } from "../../lib";
import { type Container, DockerVerifyDriver, docker } from "../../verify/docker";
import type { ConformanceDriver, Position } from "./driver";
import type { Answer, Order } from "./probe";
import { buildProbe, IMAGE, PROBE, Probe } from "./running-probe";

const LABEL = "zero-trust-openclaw";
const FILES = "/files";
const HEALTHY_MS = 60_000;
const LOG_LINES = "3000";
const run = promisify(execFile);

/** Runs attacks on a Docker engine: a probe's container in the network namespace of a workload, with its volumes and as its user. */
export class DockerDriver extends DockerVerifyDriver implements ConformanceDriver {
  private readonly probes = new Map<string, Promise<Probe>>();

  private constructor(instance: string) {
    super(instance);
  }

  /** Builds the probe and its image, from what is on this machine. */
  static async create(instance: string): Promise<DockerDriver> {
    await buildProbe();
    return new DockerDriver(instance);
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

  async addressBetween(from: string, to: string): Promise<string> {
    const networks = async (name: string) =>
      (await this.containersOf(name)).flatMap(({ NetworkSettings: { Networks } }) => Object.values(Networks));
    const shared = new Set((await networks(from)).map(({ NetworkID }) => NetworkID));
    const [found] = (await networks(to)).filter(({ NetworkID, IPAddress }) => IPAddress && shared.has(NetworkID));
    if (found === undefined) throw new Error(`${from} and ${to} share no network`);
    return found.IPAddress;
  }

  async addressesOf(workload: string): Promise<string[]> {
    const all = (await this.containersOf(workload)).flatMap(({ NetworkSettings: { Networks } }) =>
      Object.values(Networks).map(({ IPAddress }) => IPAddress),
    );
    return all.filter(Boolean);
  }

  async log(workload: string): Promise<string[]> {
    const { Id } = await this.container(workload, workload);
    const { stdout, stderr } = await run("docker", ["logs", "--tail", LOG_LINES, Id], { maxBuffer: 64 * 1024 * 1024 });
    return `${stdout}\n${stderr}`.split("\n").filter(Boolean);
  }

  async configuration(workload: string): Promise<string> {
    return (await this.onFiles(workload, "get", "/files/envoy.json")).stdout;
  }

  async reconfigure(workload: string, configuration: string): Promise<void> {
    await this.onFiles(workload, "put", "/files/envoy.json", configuration);
    const { Id } = await this.container(workload, workload);
    await docker("restart", "--time", "3", Id);
    this.forget();
    await this.healthy(workload, Id);
  }

  /** Asks as the engine would, without waiting for the engine's next turn. */
  private async healthy(workload: string, id: string): Promise<void> {
    const [, ...probe] = JSON.parse(await docker("inspect", "--format", "{{json .Config.Healthcheck.Test}}", id));
    const limit = Date.now() + HEALTHY_MS;
    for (;;) {
      const answered = await docker("exec", id, ...probe).then(
        () => true,
        () => false,
      );
      if (answered) return;
      if (Date.now() > limit)
        throw new Error(`${workload} is not healthy a minute after its configuration was changed`);
      await new Promise((done) => setTimeout(done, 200));
    }
  }

  async close(): Promise<void> {
    for (const [key, starting] of this.probes) {
      const probe = await starting.catch(() => undefined);
      this.probes.delete(key);
      await probe?.end();
    }
  }

  /** Runs the probe's file commands as root on the volume itself, since the workload's own mount of it is read-only. */
  private async onFiles(workload: string, ...[command, file, input]: string[]): Promise<{ stdout: string }> {
    const { Mounts } = await this.container(workload, workload);
    const volume = Mounts.find(({ Destination }) => Destination === FILES)?.Name;
    const options = ["--user", "0:0", "--network", "none", "--volume", `${volume}:/files`];
    const child = run("docker", ["run", "--rm", "-i", ...options, IMAGE, `${command}`, `${file}`], {
      maxBuffer: 16 * 1024 * 1024,
    });
    child.child.stdin?.end(input ?? "");
    return child;
  }

  /** The container named, or the main one; where none is called after the workload, one is like the other. */
  private async inside(workload: string, name?: string): Promise<Container> {
    if (name !== undefined) return this.container(workload, name);
    const withFiles = (await this.containersOf(workload)).filter(({ Mounts }) =>
      Mounts.some(({ Destination }) => Destination === FILES),
    );
    const found = withFiles.find(({ Config }) => Config.Labels[`${LABEL}.container`] === workload) ?? withFiles[0];
    if (found === undefined) throw new Error(`no container of ${workload} runs`);
    return found;
  }

  private async container(workload: string, name: string): Promise<Container> {
    const found = (await this.containersOf(workload)).find(
      ({ Config }) => Config.Labels[`${LABEL}.container`] === name,
    );
    if (found === undefined) throw new Error(`no container "${name}" of ${workload} runs`);
    return found;
  }

  private async start(position: Position): Promise<Probe> {
    if (position === "internet") return new Probe(join(PROBE, "probe"), []);
    const options = await this.place(position);
    const hardened = ["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--read-only"];
    return new Probe("docker", ["run", "--rm", "-i", ...hardened, ...options, IMAGE]);
  }

  private async place(position: Exclude<Position, string>): Promise<string[]> {
    if ("workload" in position) {
      const { Id } = await this.inside(position.workload, position.container);
      const user = await docker("inspect", "--format", "{{.Config.User}}", Id);
      return ["--network", `container:${Id}`, "--volumes-from", `${Id}:ro`, "--user", user];
    }
    const [from, to] = position.strangerBetween;
    const labels = [`label=${LABEL}.stack=${this.instance}`, `label=${LABEL}.link=${linkKey({ from, to })}`];
    const network = await docker("network", "ls", "-q", ...labels.flatMap((label) => ["--filter", label]));
    return ["--network", network];
  }
}
