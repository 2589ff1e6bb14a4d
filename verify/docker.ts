import { execFile } from "node:child_process";
import { BlockList } from "node:net";
import { networkInterfaces } from "node:os";
import { promisify } from "node:util";
import { INTERNET } from "../lib/perimeter";
import { dialFromHere, TIMEOUT_MS } from "./dial";
import type { Seen, VerifyDriver } from "./driver";

const LABEL = "zero-trust-openclaw";
/** Where every workload with files has the tools; the network's holder has none and is never asked. */
const FILES = "/files";
const run = promisify(execFile);

/** What the engine says about a container. */
export interface Container {
  Id: string;
  Name: string;
  Config: { Labels: Record<string, string> };
  State: { Running: boolean };
  Mounts: { Destination: string; Name?: string }[];
  NetworkSettings: {
    Networks: Record<string, { NetworkID: string; IPAddress: string }>;
    Ports: Record<string, { HostIp: string; HostPort: string }[] | null> | null;
  };
}

/** A perimeter on a Docker engine, found by its instance's label, as it is there now and not as it was planned. */
export class DockerVerifyDriver implements VerifyDriver {
  private known?: Promise<Container[]>;

  constructor(readonly instance: string) {}

  async tryFlow(from: string, to: string, port: number): Promise<Seen> {
    const containers = await this.containersOf(to);
    if (containers.length === 0) return { state: "unknown", why: `no container of ${to} runs` };
    const inside = containers.flatMap((container) => addresses(container, port));
    const targets = from === INTERNET ? fromOutside(containers, inside, port) : inside;
    if (targets.length === 0) return { state: "closed", why: "neither published nor on a network of this machine" };
    const seen = await Promise.all(targets.map((target) => this.dial(from, target)));
    return (
      seen.find(({ state }) => state === "open") ??
      seen.find(({ state }) => state === "unknown") ?? {
        state: "closed",
        why: seen.map((one) => ("why" in one ? one.why : "")).join("; "),
      }
    );
  }

  async strangers(): Promise<string[]> {
    const ids = lines(await docker("network", "ls", "-q", "--filter", `label=${LABEL}.stack=${this.instance}`));
    if (ids.length === 0) return [`no network of an instance "${this.instance}" is on this engine`];
    const networks = JSON.parse(await docker("network", "inspect", ...ids)) as {
      Name: string;
      Labels: Record<string, string>;
      Containers: Record<string, { Name: string }>;
    }[];
    const ours = new Map((await this.containers()).map((one) => [one.Id, one.Config.Labels[`${LABEL}.workload`]]));
    return networks.flatMap(({ Labels, Containers }) => {
      const link = Labels[`${LABEL}.link`] ?? "";
      return Object.entries(Containers).flatMap(([id, { Name }]) => {
        const workload = ours.get(id);
        if (workload === undefined) return [`${Name} is attached to ${link}, but belongs to no workload`];
        return link.split("--").includes(workload)
          ? []
          : [`${workload} is attached to ${link}, but no flow of that link is its own`];
      });
    });
  }

  /** The running containers of one workload. */
  async containersOf(workload: string): Promise<Container[]> {
    return (await this.containers()).filter(({ Config }) => Config.Labels[`${LABEL}.workload`] === workload);
  }

  /** Looks at the engine again, after something there was changed. */
  forget(): void {
    this.known = undefined;
  }

  private containers(): Promise<Container[]> {
    this.known ??= (async () => {
      const ids = lines(await docker("ps", "-q", "--filter", `label=${LABEL}.stack=${this.instance}`));
      return ids.length === 0 ? [] : (JSON.parse(await docker("inspect", ...ids)) as Container[]);
    })();
    return this.known;
  }

  private async dial(from: string, target: string): Promise<Seen> {
    if (from === INTERNET) return dialFromHere(target);
    const container = (await this.containersOf(from)).find(({ Mounts }) =>
      Mounts.some(({ Destination }) => Destination === FILES),
    );
    if (container === undefined) return { state: "unknown", why: `no container of ${from} runs` };
    const tool = [`${FILES}/bin/zt-tools`, "probe", "tcp", "--address", target, "--timeout", `${TIMEOUT_MS}ms`];
    try {
      await docker("exec", container.Id, ...tool);
      return { state: "open" };
    } catch (error) {
      const { stderr = "", message } = error as { stderr?: string; message: string };
      const why = stderr.trim() || message;
      // Only the tool's own refusal is proof of a closed port; an attempt that was never made is none.
      return { state: /^zt-tools: dial tcp /.test(why) ? "closed" : "unknown", why: why.replace(/^zt-tools: /, "") };
    }
  }
}

function addresses({ NetworkSettings: { Networks } }: Container, port: number): string[] {
  return Object.values(Networks).flatMap(({ IPAddress }) => (IPAddress === "" ? [] : [`${IPAddress}:${port}`]));
}

/**
 * What can lead to a workload from outside: its published ports, and its addresses in networks this machine is part of. Any other address
 * leads to the machine's own gateway, and whatever answers there is not the workload.
 */
function fromOutside(containers: Container[], inside: string[], port: number): string[] {
  const published = containers.flatMap(({ NetworkSettings: { Ports } }) => Ports?.[`${port}/tcp`] ?? []);
  const onLink = new BlockList();
  for (const { family, cidr } of Object.values(networkInterfaces()).flatMap((all) => all ?? [])) {
    const [first, prefix] = (cidr ?? "").split("/") as [string, string];
    if (family === "IPv4") onLink.addSubnet(first, Number(prefix));
  }
  return [
    ...published.map(({ HostIp, HostPort }) => `${HostIp === "0.0.0.0" ? "127.0.0.1" : HostIp}:${HostPort}`),
    ...inside.filter((target) => onLink.check(target.split(":")[0] as string)),
  ];
}

/** Runs the engine's command and returns what it said. */
export async function docker(...args: string[]): Promise<string> {
  return (await run("docker", args, { maxBuffer: 64 * 1024 * 1024 })).stdout.trim();
}

function lines(text: string): string[] {
  return text.split("\n").filter(Boolean);
}
