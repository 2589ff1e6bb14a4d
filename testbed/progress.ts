/** What the user sees while the test bed works: one line per step, a heartbeat for the long ones, the end of the log when one fails. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isEnding } from "./process";

const heartbeat = 10_000;
const tailLines = 15;

/** An error whose message is meant for the user and needs no log beside it. */
export class Problem extends Error {}

/** A step failed and the user was told so. */
export class Reported extends Error {}

export interface Step {
  readonly log: string;
  /** What is being done now, for the heartbeat: `compiling`, `3 of 7 images`. */
  say(activity: string): void;
  /** A line of its own under the step. */
  note(text: string): void;
}

export class Progress {
  private position = 0;
  constructor(
    private readonly total: number,
    private readonly logs: string,
    private readonly out: NodeJS.WriteStream = process.stdout,
    /** Says nothing about steps that end within a moment: for commands whose own output matters. */
    private readonly quiet = false,
  ) {
    mkdirSync(logs, { recursive: true });
  }

  line(text: string): void {
    this.out.write(`${text}\n`);
  }

  /** Runs one step. `body` returns what was chosen, for the line that ends the step. */
  async step<T>(title: string, body: (step: Step) => Promise<{ value: T; chose: string }>): Promise<T> {
    this.position += 1;
    const prefix = `[${this.position}/${this.total}] ${title}`;
    const log = join(this.logs, `${title.toLowerCase().replace(/[^a-z0-9]+/g, "-")}.log`);
    writeFileSync(log, "");
    const started = Date.now();
    let activity = "";
    let beats = 0;
    const done = new AbortController();
    void (async () => {
      while (!done.signal.aborted) {
        await delay(heartbeat, undefined, { signal: done.signal }).catch(() => {});
        if (done.signal.aborted) return;
        beats += 1;
        this.line(`      ${title}: ${activity === "" ? "working" : activity}, ${elapsed(started)}`);
      }
    })();
    const step: Step = {
      log,
      say: (text) => {
        activity = text;
      },
      note: (text) => this.line(`      ${text}`),
    };
    try {
      const { value, chose } = await body(step);
      appendFileSync(log, `${chose}\n`);
      if (!this.quiet || beats > 0) this.line(`${prefix} … ${chose} ${elapsed(started)}`);
      return value;
    } catch (error) {
      if (error instanceof Reported || isEnding()) throw error;
      this.line(`${prefix} … failed after ${elapsed(started)}`);
      for (const text of message(error).split("\n")) this.line(`      ${text}`);
      if (!(error instanceof Problem)) for (const text of tail(log)) this.line(`      | ${text}`);
      this.line(`      log: ${relative(process.cwd(), log)}`);
      throw new Reported(title, { cause: error });
    } finally {
      done.abort();
    }
  }
}

export function elapsed(since: number): string {
  const seconds = (Date.now() - since) / 1000;
  return seconds < 9.95 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}

export function tail(file: string, lines = tailLines): string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-lines);
}

export const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));
