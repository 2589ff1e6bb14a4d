/** Running Pulumi's updates: what is shown while they run, and what a killed one needs before the next. */
import { appendFileSync } from "node:fs";
import type Docker from "dockerode";
import { belongings, count, isEmpty, isState, removeAll, unknownTo } from "./leftovers";
import { CommandFailed } from "./process";
import { Problem, type Step } from "./progress";
import { sleep } from "./sleep";
import type { Resource, Stack } from "./stack";

const done = /^ *[-+~]* +(\S+:\S+) (\S+) (created|updated|deleted|replaced|refreshed|imported|read)\b/;
const begun = /^ *[-+~]* +(\S+:\S+) (\S+) (creating|updating|deleting|replacing|refreshing)\b/;

/** Turns Pulumi's progress lines into one short phrase. */
export class Tally {
  private readonly counts = new Map<string, number>();
  private readonly open = new Map<string, string>();

  add(line: string): void {
    const finished = done.exec(line);
    if (finished !== null) {
      const [, type = "", name = "", what = ""] = finished;
      this.open.delete(`${type} ${name}`);
      this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
      return;
    }
    const started = begun.exec(line);
    if (started !== null) this.open.set(`${started[1]} ${started[2]}`, started[2] ?? "");
  }

  toString(): string {
    const counts = [...this.counts].map(([what, count]) => `${count} ${what}`).join(", ") || "starting";
    // Components stay open until their children are done; the latest is the one at work.
    const latest = [...this.open.values()].pop();
    return latest === undefined ? counts : `${counts}, at ${latest}`;
  }
}

/** Runs `pulumi up`, `destroy` or `refresh` and returns its summary, e.g. `52 created, 23 unchanged`. */
export async function update(stack: Stack, args: readonly string[], step: Step): Promise<string> {
  const tally = new Tally();
  try {
    const { stdout } = await stack.pulumi(args, {
      log: step.log,
      onLine: (line) => {
        tally.add(line);
        step.say(tally.toString());
      },
    });
    return summary(stdout);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new Problem([`pulumi ${args[0]} failed:`, ...diagnostics(error)].join("\n"));
  }
}

/** The counts after `Resources:`, such as `2 created, 5 unchanged`. */
export function summary(output: string): string {
  const lines = output.split("\n");
  const from = lines.findLastIndex((line) => /^Resources:/.test(line));
  const end = lines.findIndex((line, i) => i > from && line.trim() === "");
  const section = from === -1 ? "" : lines.slice(from + 1, end === -1 ? undefined : end).join("\n");
  const counts = section.match(/\d+ (?!changes)[a-z-]+/g) ?? [];
  return counts.join(", ") || "no changes";
}

/** What Pulumi says about the failure: its diagnostics without the warnings, else the end of what it said. */
export function diagnostics({ result }: CommandFailed): string[] {
  const lines = `${result.stdout}\n${result.stderr}`.split("\n").map((line) => line.trimEnd());
  const from = lines.findLastIndex((line) => /^Diagnostics:/.test(line));
  const section = from === -1 ? lines : lines.slice(from + 1, endOfDiagnostics(lines, from + 1));
  const said = section.filter((line) => line.trim() !== "" && !/^\s*warning:/.test(line));
  return (said.length === 0 ? lines.filter((line) => line !== "") : said).slice(-40);
}

function endOfDiagnostics(lines: readonly string[], from: number): number {
  const end = lines.findIndex((line, i) => i >= from && /^(Outputs|Resources|Duration):/.test(line));
  return end === -1 ? lines.length : end;
}

/**
 * Brings state and engine together again after a run that was killed: releases its lock, forgets what it had begun, removes what it made but could not
 * note. Returns what was done, or undefined when there was nothing to do.
 */
export async function recover(stack: Stack, docker: Docker, instance: string, step: Step): Promise<string | undefined> {
  const wasLocked = await stack.unlock(step.say);
  const { resources, pending } = await stack.resources();
  if (!wasLocked && pending === 0) return undefined;
  step.say("putting an interrupted update in order");
  await update(stack, ["refresh", "--yes", "--skip-preview", "--clear-pending-creates"], step);
  const strangers = unknownTo(ids(resources), await belongings(docker, instance));
  // OpenClaw's own data has a fixed name: the next update finds it and uses it.
  const removed = { ...strangers, volumes: strangers.volumes.filter((volume) => !isState(volume)) };
  await removeAll(docker, removed);
  const what = isEmpty(removed) ? "nothing to remove" : `removed ${count(removed)} it had not noted`;
  appendFileSync(step.log, `interrupted update: ${what}\n`);
  return `recovered from an interrupted update (${what})`;
}

/** What the state knows of the engine's things. */
export function ids(resources: readonly Resource[]): Set<string> {
  return new Set(
    resources.filter(({ type }) => type.startsWith("docker:")).flatMap(({ id }) => (id === undefined ? [] : [id])),
  );
}

/** Containers that should run but do not, or are gone: after a restart of the machine, or somebody's hand. */
export async function fallen(docker: Docker, resources: readonly Resource[]): Promise<string[]> {
  const running = new Set((await docker.listContainers()).map(({ Id }) => Id));
  return resources
    .filter(({ type, outputs }) => type === "docker:index/container:Container" && outputs?.mustRun !== false)
    .flatMap(({ id }) => (id === undefined || running.has(id) ? [] : [id]));
}

/** Starts again what is merely stopped. The first tries may fail, because a container needs the one whose network it shares. */
export async function wake(docker: Docker, containers: readonly string[]): Promise<void> {
  for (let round = 0; round < 3; round += 1)
    await Promise.all(
      containers.map((id) =>
        docker
          .getContainer(id)
          .start()
          .catch(() => {}),
      ),
    );
}

/** Waits until every container of the stack that says how it feels says it is well: after a restart of the engine nothing else waits for that. */
export async function awaitHealth(docker: Docker, instance: string, step: Step): Promise<void> {
  const limit = Date.now() + 180_000;
  for (;;) {
    const { containers } = await belongings(docker, instance);
    const ill = containers.filter(({ State, Status }) => State === "running" && /starting|unhealthy/.test(Status));
    if (ill.length === 0) return;
    const names = ill.map(({ Names }) => (Names[0] ?? "").slice(1)).join(", ");
    if (Date.now() > limit) throw new Problem(`Not healthy after 3 minutes: ${names}. See \`docker logs <name>\`.`);
    step.say(`waiting for ${names}`);
    await sleep(500);
  }
}
