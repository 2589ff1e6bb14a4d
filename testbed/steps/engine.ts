/**
 * The Docker engine: the machine's own if it answers, else one started here by hand from Debian's package.
 *
 * There is one such engine per user, not per stack: it lives under the cache folder and outlives `make`. What a killed machine or a killed engine
 * leaves behind (process id files of processes that are no more, sockets nobody listens on, mounts) is cleared before it starts.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { basename, join } from "node:path";
import Docker from "dockerode";
import { aptInstall, which } from "../apt";
import { type Candidate, choose, Unavailable } from "../choose";
import { isAlive, type Owner, startOf, withLock } from "../lock";
import { mountsBelow } from "../mounts";
import { processes, readProcess, signal, unmarked } from "../orphans";
import { cache } from "../paths";
import { attempt } from "../process";
import { message, Problem, type Step, tail } from "../progress";
import { sleep } from "../sleep";

export interface Engine {
  /** For DOCKER_HOST. */
  readonly host: string;
  readonly docker: Docker;
}

const home = join(cache, "engine");
const files = {
  data: join(home, "data"),
  run: join(home, "run"),
  pid: join(home, "dockerd.pid"),
  log: join(home, "dockerd.log"),
  /** Used only when somebody else's engine answers in a strange way on the default socket. */
  socket: join(home, "docker.sock"),
  started: join(home, "started.json"),
};
const defaultSocket = "/var/run/docker.sock";
const containerdSocket = "/run/containerd/containerd.sock";
const own = [`unix://${defaultSocket}`, `unix://${files.socket}`];

/** Finds or starts an engine. Sets DOCKER_HOST for this process and its children. */
export async function ensureEngine(step: Step): Promise<{ value: Engine; chose: string }> {
  const named = process.env.DOCKER_HOST;
  const candidates: Candidate<Engine>[] = [];
  if (named !== undefined && named !== "" && !own.includes(named)) {
    // Who names an engine wants that one, and would be surprised by another.
    const why = await unreachable(named);
    if (why !== undefined)
      throw new Problem(`DOCKER_HOST is ${named}, but ${why}. Start that engine, or unset DOCKER_HOST.`);
    candidates.push({ name: "the one DOCKER_HOST names", attempt: () => reach(named) });
  } else {
    candidates.push(
      { name: "on the default socket", attempt: () => reach(`unix://${defaultSocket}`) },
      { name: "of the current docker context", attempt: reachContext },
      { name: "on its own socket", attempt: () => reach(`unix://${files.socket}`) },
      { name: "started here", attempt: () => start(step) },
    );
  }
  const choice = await choose("Docker engine", candidates).catch((error) => {
    throw error.cause instanceof Problem
      ? error.cause
      : new Problem(`${message(error)}\nStart Docker, or run as root on Linux so that an engine can be started here.`);
  });
  const { value } = choice;
  process.env.DOCKER_HOST = value.host;
  const { Version, Arch } = await value.docker.version();
  const ours = runningEngine() !== undefined && own.includes(value.host);
  const how = ours && !startedHere ? "running, started here before" : choice.candidate;
  return { value, chose: `${Version} ${Arch}, ${how}${startedHere ? " (no engine answered)" : ""}, ${value.host}` };
}

/** An engine that answers already, or undefined: for commands that must not start one. */
export async function findEngine(): Promise<Engine | undefined> {
  const named = process.env.DOCKER_HOST;
  const places = named !== undefined && named !== "" ? [named, ...own] : own;
  for (const host of places) if ((await unreachable(host)) === undefined) return reach(host);
  return reachContext().catch(() => undefined);
}

async function reach(host: string): Promise<Engine> {
  const why = await unreachable(host);
  if (why !== undefined) throw new Unavailable(why);
  return { host, docker: client(host) };
}

function client(host: string): Docker {
  const before = process.env.DOCKER_HOST;
  process.env.DOCKER_HOST = host;
  try {
    return new Docker();
  } finally {
    if (before === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = before;
  }
}

/** Undefined when an engine answers at `host`, else why not. */
async function unreachable(host: string): Promise<string | undefined> {
  if (host.startsWith("unix://")) {
    const path = host.slice("unix://".length);
    const state = await listening(path);
    if (state === "denied") return `you may not use ${path} (join the group that owns it, often "docker")`;
    if (state !== "yes") return `nothing answers on ${path}`;
  }
  try {
    await Promise.race([
      client(host).ping(),
      sleep(5000).then(() => {
        throw new Error("no answer within 5 s");
      }),
    ]);
    return undefined;
  } catch (error) {
    return `${host} does not answer as a Docker engine: ${message(error)}`;
  }
}

function listening(path: string): Promise<"yes" | "no" | "denied"> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.setTimeout(3000, () => socket.destroy(new Error("no answer")));
    socket.on("connect", () => {
      socket.destroy();
      resolve("yes");
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code === "EACCES" ? "denied" : "no"));
  });
}

async function reachContext(): Promise<Engine> {
  if (which("docker") === undefined) throw new Unavailable("no docker command");
  const { stdout } = await attempt("docker", ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"], {
    timeout: 5000,
    env: { DOCKER_HOST: undefined },
  });
  const host = stdout.trim();
  if (host === "" || own.includes(host)) throw new Unavailable("no other context");
  return reach(host);
}

async function start(step: Step): Promise<Engine> {
  if (process.platform !== "linux") throw new Unavailable("an engine can be started here on Linux only");
  if (process.getuid?.() !== 0) throw new Unavailable("only root may start an engine, and this user is not root");
  return withLock(
    join(cache, "locks", "engine"),
    async () => {
      // Somebody else may have been faster.
      for (const host of own) if ((await unreachable(host)) === undefined) return reach(host);
      const missing = missingPackages();
      if (missing.length > 0) await aptInstall(missing, step.log, step.say);
      const dockerd = which("dockerd");
      if (dockerd === undefined) throw new Unavailable("the package docker.io brought no dockerd");
      step.say("starting");
      return launch(dockerd);
    },
    () => step.say("waiting for another run that starts it"),
  );
}

function missingPackages(): string[] {
  const packages: string[] = [];
  if (which("dockerd") === undefined) packages.push("docker.io");
  if (which("iptables") === undefined) packages.push("iptables");
  if (!existsSync("/etc/ssl/certs/ca-certificates.crt")) packages.push("ca-certificates");
  return packages;
}

async function launch(dockerd: string): Promise<Engine> {
  mkdirSync(files.data, { recursive: true, mode: 0o711 });
  const engine = runningEngine();
  if (engine !== undefined) {
    // It is up but did not answer: it may be starting or stopping, or it hangs.
    const host = JSON.parse(readFileSync(files.started, "utf8")).host as string;
    for (let i = 0; i < 60 && isAlive(engine); i += 1) {
      if ((await unreachable(host)) === undefined) return reach(host);
      await sleep(500);
    }
    if (isAlive(engine)) await end(engine);
  }
  await clearLeftovers();
  const taken = (await listening(defaultSocket)) !== "no";
  const socket = taken ? files.socket : defaultSocket;
  const host = `unix://${socket}`;
  if (existsSync(files.log) && statSync(files.log).size > 10 * 1024 * 1024) renameSync(files.log, `${files.log}.1`);
  const log = openSync(files.log, "a");
  const child = spawn(
    dockerd,
    [
      ...["--data-root", files.data, "--exec-root", files.run, "--pidfile", files.pid, "--host", host],
      ...["--log-driver", "json-file", "--log-opt", "max-size=10m", "--log-opt", "max-file=3"],
    ],
    // A session of its own: the engine outlives the command that started it.
    {
      detached: true,
      stdio: ["ignore", log, log],
      env: { ...process.env, ...unmarked, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    },
  );
  const ended = new Promise<string>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("exit", (code, signal) => resolve(`dockerd ended with ${code ?? signal}`));
  });
  remember(child, host);
  startedHere = true;
  const limit = Date.now() + 90_000;
  while (Date.now() < limit) {
    if ((await unreachable(host)) === undefined) {
      child.unref();
      return reach(host);
    }
    const dead = await Promise.race([ended, sleep(250).then(() => undefined)]);
    if (dead !== undefined) throw startFailed(dead);
  }
  child.kill("SIGKILL");
  throw startFailed("dockerd did not answer within 90 s");
}

function startFailed(why: string): Problem {
  const lines = tail(files.log).map((line) => `  ${line.slice(0, 300)}`);
  return new Problem([`The Docker engine did not start: ${why}. Last lines of ${files.log}:`, ...lines].join("\n"));
}

function remember(child: ChildProcess, host: string): void {
  if (child.pid === undefined) return;
  const note = { pid: child.pid, started: startOf(child.pid) ?? "", host };
  writeFileSync(`${files.started}.new`, JSON.stringify(note));
  renameSync(`${files.started}.new`, files.started);
}

/** The engine we started, if it still runs. */
function runningEngine(): Owner | undefined {
  try {
    const note = JSON.parse(readFileSync(files.started, "utf8")) as Owner;
    return isAlive(note) ? note : undefined;
  } catch {
    return undefined;
  }
}

let startedHere = false;
/** Whether this very process started the engine. */
export const engineStartedHere = (): boolean => startedHere;

/**
 * Ends the engine we started when no container is left on it, of whatever owner, or if `force` is given. Returns what happened, or undefined when there is
 * nothing to do.
 */
export async function stopEngine(force = false): Promise<string | undefined> {
  const engine = runningEngine();
  if (engine === undefined) return undefined;
  return withLock(join(cache, "locks", "engine"), async () => {
    const found = await findEngine();
    if (found !== undefined && own.includes(found.host)) {
      const containers = await found.docker.listContainers({ all: true });
      if (containers.length > 0 && !force)
        return `engine left running: ${containers.length} containers of others are on it`;
    }
    await end(engine);
    await clearLeftovers();
    return "engine stopped";
  });
}

async function end(engine: Owner): Promise<void> {
  for (const [name, patience] of [
    ["SIGTERM", 30_000],
    ["SIGKILL", 5000],
  ] as const) {
    if (!isAlive(engine)) return;
    signal([engine.pid], name);
    const limit = Date.now() + patience;
    while (isAlive(engine) && Date.now() < limit) await sleep(100);
  }
}

/**
 * Makes the place clean for a new engine. A containerd that outlived its killed engine is kept, because the new engine adopts it and through it ends
 * the containers it no longer knows; without one, mounts and run-time files are of no use to anybody.
 */
async function clearLeftovers(): Promise<void> {
  if (!isProcessOf(files.pid, "dockerd")) rmSync(files.pid, { force: true });
  const containerd = join(files.run, "containerd", "containerd.pid");
  if (!isProcessOf(containerd, "containerd")) rmSync(containerd, { force: true });
  // dockerd would wait for the system's containerd behind a socket that nobody listens on.
  if (existsSync(containerdSocket) && (await listening(containerdSocket)) === "no")
    rmSync(containerdSocket, { force: true });
  endAbandoned();
  if (processesUsing(files.run).length > 0) return;
  for (const mount of mountsBelow(home)) await attempt("umount", ["-l", mount]);
  rmSync(files.run, { recursive: true, force: true });
}

/**
 * Ends processes of our containers whose supervisor is gone. The new engine does not know that they live, and would start their containers a second time,
 * with the same addresses.
 */
function endAbandoned(): void {
  const supervised = processesUsing(files.run).map((pid) => readProcess(pid, "cmdline"));
  for (const pid of processes()) {
    const id = /docker[/-]([0-9a-f]{64})/.exec(readProcess(pid, "cgroup"))?.[1];
    if (id === undefined || !existsSync(join(files.data, "containers", id))) continue;
    if (!supervised.some((line) => line.includes(id))) signal([pid], "SIGKILL");
  }
}

/** Whether the process that the file names lives and is `program`: process ids are used again, and dockerd trusts the file blindly. */
function isProcessOf(pidFile: string, program: string): boolean {
  try {
    const pid = readFileSync(pidFile, "utf8").trim();
    const line = readProcess(Number(pid), "cmdline").split("\0");
    return basename(line[0] ?? "") === program && line.some((word) => word.startsWith(home));
  } catch {
    return false;
  }
}

const processesUsing = (folder: string): number[] =>
  processes().filter((pid) => readProcess(pid, "cmdline").includes(folder));
