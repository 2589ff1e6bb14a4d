import { type ChildProcess, execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { type Answer, type Order, read, written } from "./probe";

/** The probe's folder, and in it the program once it is built. */
export const PROBE = join(__dirname, "probe");
export const IMAGE = "zero-trust-openclaw/conformance-probe:0.1.0";
/** Longer than any order takes. */
const ANSWER_MS = 120_000;
const run = promisify(execFile);

/** Builds the probe and its image, from what is on this machine. */
export async function buildProbe(): Promise<void> {
  await run("go", ["build", "-trimpath", "-buildvcs=false", "-o", "probe", "."], {
    cwd: PROBE,
    env: { ...process.env, CGO_ENABLED: "0" },
  });
  const legacy = { ...process.env, DOCKER_BUILDKIT: "0" };
  await run("docker", ["build", "--quiet", "--tag", IMAGE, PROBE], { env: legacy });
}

/** A running probe and the orders it has not answered yet. */
export class Probe {
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
