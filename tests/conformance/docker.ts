import { type ChildProcess, execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { linkKey } from "../../lib";
import { type Container, DockerVerifyDriver, docker } from "../../verify/docker";
import type { ConformanceDriver, Position } from "./driver";
import { type Answer, type Order, read, written } from "./probe";

const PROBE = join(__dirname, "probe");
const IMAGE = "zero-trust-openclaw/conformance-probe:0.1.0";
const LABEL = "zero-trust-openclaw";
const FILES = "/files";
/** Longer than any order takes. */
const ANSWER_MS = 120_000;
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
    await run("go", ["build", "-trimpath", "-buildvcs=false", "-o", "probe", "."], {
      cwd: PROBE,
      env: { ...process.env, CGO_ENABLED: "0" },
    });
    const legacy = { ...process.env, DOCKER_BUILDKIT: "0" };
    await run("docker", ["build", "--quiet", "--tag", IMAGE, PROBE], { env: legacy });
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

/** A running probe and the orders it has not answered yet. */
class Probe {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<string, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  private readonly ended: Promise<void>;
  private said = "";
  private orders = 0;

  constructor(command: string, args: string[]) {
    this.child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.child.stderr?.on("data", (text) => {
      this.said += text;
    });
    this.child.stdin?.on("error", () => {});
    createInterface({ input: this.child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      const answer = read(line);
      this.waiting.get(answer.id)?.resolve(answer);
      this.waiting.delete(answer.id);
    });
    this.ended = new Promise((resolve) => {
      const end = (why: string) => {
        for (const { reject } of this.waiting.values()) reject(new Error(`the probe ended: ${why}`));
        this.waiting.clear();
        resolve();
      };
      this.child.on("error", (error) => end(error.message));
      this.child.on("close", (code) => end(this.said.trim() || `code ${code}`));
    });
  }

  carryOut(order: Order): Promise<Answer> {
    this.orders += 1;
    const id = `${this.orders}`;
    const answer = new Promise<Answer>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("the probe did not answer")), ANSWER_MS);
      const settle =
        <Value>(body: (value: Value) => void) =>
        (value: Value) => {
          clearTimeout(timer);
          body(value);
        };
      this.waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
    });
    this.child.stdin?.write(written(id, order));
    return answer;
  }

  /** At the end of its input it finishes what it does and goes. */
  async end(): Promise<void> {
    this.child.stdin?.end();
    const timer = setTimeout(() => this.child.kill(), 10_000);
    await this.ended;
    clearTimeout(timer);
  }
}
