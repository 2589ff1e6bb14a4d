import { type ChildProcess, execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const FOLDER = join(__dirname, "generator");
export const GENERATOR_IMAGE = "zero-trust-openclaw/bench-generator:0.1.0";
const run = promisify(execFile);

/** `generator/order.go` says what the fields mean. */
export interface Target {
  dial: string;
  serverName: string;
  roots: string;
  cert?: string;
  key?: string;
  host: string;
  headers: Record<string, string>;
}

export interface Order extends Target {
  path: string;
  expect?: number;
  once?: boolean;
  webSocket?: boolean;
  workers?: number;
  newConnections?: boolean;
  warmMs?: number;
  forMs?: number;
}

/** Dials without a word until that comes out so. */
export interface Watch {
  dial: string;
  until: "open" | "closed";
  forMs: number;
}

/** Latencies in microseconds. */
export interface Measured {
  done: number;
  failed: number;
  seconds: number;
  p50: number;
  p99: number;
  failure?: string;
  error?: string;
  /** Of the one answer asked for. */
  status?: number;
  header?: Record<string, string[]>;
  /** When it came out as watched for, in milliseconds since 1970. */
  at?: number;
}

/** Builds the generator and its image, from what is on this machine. */
export async function buildGenerator(): Promise<void> {
  await run("go", ["build", "-trimpath", "-buildvcs=false", "-o", "generator", "."], {
    cwd: FOLDER,
    env: { ...process.env, CGO_ENABLED: "0", GOOS: "linux" },
  });
  const legacy = { ...process.env, DOCKER_BUILDKIT: "0" };
  await run("docker", ["build", "--quiet", "--tag", GENERATOR_IMAGE, FOLDER], { env: legacy });
}

/** A generator in a container of this engine that was not started yet. */
export const inContainer = (id: string): Generator =>
  new Generator("docker", ["start", "--attach", "--interactive", id]);

/** A generator at work, behind the command that leads to it: one order at a time. */
export class Generator {
  private readonly child: ChildProcess;
  private answer: { resolve: (measured: Measured) => void; reject: (error: Error) => void } | undefined;
  private said = "";
  private ended: string | undefined;

  constructor(command: string, args: readonly string[]) {
    this.child = spawn(command, args, { stdio: "pipe" });
    this.child.stderr?.on("data", (text) => {
      this.said += text;
    });
    this.child.stdin?.on("error", () => {});
    createInterface({ input: this.child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      this.answer?.resolve(JSON.parse(line) as Measured);
      this.answer = undefined;
    });
    this.child.on("error", (error) => this.fail(error.message));
    this.child.on("close", (code) => this.fail(this.said.trim() || `code ${code}`));
  }

  carryOut(order: Order | Watch): Promise<Measured> {
    return new Promise((resolve, reject) => {
      this.answer = { resolve, reject };
      if (this.ended !== undefined) return this.fail(this.ended);
      this.child.stdin?.write(`${JSON.stringify(order)}\n`);
    });
  }

  end(): void {
    this.child.stdin?.end();
  }

  private fail(why: string): void {
    this.ended = why;
    this.answer?.reject(new Error(`the generator ended: ${why}`));
  }
}
