import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { type CertificateStatus, issueCommand, RENEWS, renewerCommand } from "../../lib/pki/commands";
import { containersWith, type Found } from "../containers";
import { attempt } from "../process";
import { Problem, Progress } from "../progress";
import { ensureEngine } from "../steps/engine";
import { type Options, pulumiSteps } from "./context";

/** Below this part of its life a certificate should have been renewed. */
const LATE = 1 / 3;

/** Prints how long each certificate of the running stack is good for. Returns 1 if one is late, or cannot be asked about. */
export async function status(options: Options): Promise<number> {
  const { progress, renewers } = await find(options);
  const rows = await Promise.all(renewers.map((renewer) => ask(renewer, renewerCommand("status"))));
  for (const line of table(rows)) progress.line(line);
  return rows.every(({ status: one }) => one?.ready && one.remainingRatio > LATE) ? 0 : 1;
}

/** Renews the certificates of one workload, or all, at once. */
export async function renew(options: Options, workload: string | undefined): Promise<number> {
  const { progress, renewers } = await find(options, workload);
  const rows = await Promise.all(renewers.map((renewer) => ask(renewer, renewerCommand("renew"))));
  for (const line of table(rows)) progress.line(line);
  return rows.every(({ status: one }) => one?.ready) ? 0 : 1;
}

export interface CertificateOrder {
  /** Name of a workload of the perimeter. */
  service?: string;
  ttl?: string;
  /** Directory for the files. */
  to?: string;
}

/** Has one more certificate issued for a workload, into files that only their owner can read. */
export async function certificate(options: Options, { service, ttl, to }: CertificateOrder): Promise<number> {
  if (!service) throw new Problem("Whose certificate? Name a workload: make cert SERVICE=edge TTL=24h");
  const directory = resolve(to ?? join(options.state.root, "certificates", service));
  const { progress, renewers } = await find(options, service);
  const [renewer] = renewers as [Found];
  const { code, stdout, stderr } = await attempt("docker", ["exec", renewer.id, ...issueCommand({ lifetime: ttl })]);
  if (code !== 0) throw new Problem((stderr || stdout).trim());
  const { certificate: chain, privateKey } = JSON.parse(stdout) as { certificate: string; privateKey: string };
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const [name, content] of Object.entries({ "tls.crt": chain, "tls.key": privateKey })) {
    const file = join(directory, name);
    // A file of mode 0400 cannot be written again.
    if (existsSync(file)) chmodSync(file, 0o600);
    writeFileSync(file, content, { mode: 0o600 });
    chmodSync(file, 0o400);
    progress.line(relative(process.cwd(), file));
  }
  return 0;
}

async function find(options: Options, workload?: string): Promise<{ progress: Progress; renewers: Found[] }> {
  const { state, out } = options;
  state.make();
  const progress = new Progress(3, state.logs, out, true);
  const stack = await pulumiSteps(progress, options);
  const { instance = stack.name } = await stack.configuration();
  await progress.step("Docker engine", ensureEngine);
  // A renewer that has ended is the one to hear of.
  const all = await containersWith(instance, RENEWS, undefined, { ended: true });
  if (all.length === 0) throw new Problem("The stack is not up; there are no certificates. Run: make up");
  const renewers = all.filter(({ labels }) => workload === undefined || labels[RENEWS] === workload);
  if (renewers.length > 0) return { progress, renewers };
  const known = [...new Set(all.map(({ labels }) => labels[RENEWS]))].sort().join(", ");
  throw new Problem(`"${workload}" is no workload with a certificate; use one of ${known}.`);
}

interface Answer {
  workload: string;
  status?: CertificateStatus;
  problem: string;
}

async function ask({ id, labels: { [RENEWS]: workload = "" } }: Found, command: string[]): Promise<Answer> {
  const { stdout, stderr } = await attempt("docker", ["exec", id, ...command]);
  try {
    return { workload, status: JSON.parse(stdout) as CertificateStatus, problem: "" };
  } catch {
    return { workload, problem: (stderr || stdout).trim().split("\n")[0] || "no answer" };
  }
}

function table(answers: Answer[]): string[] {
  const rows = answers
    .sort((a, b) => `${a.workload} ${a.status?.serial}`.localeCompare(`${b.workload} ${b.status?.serial}`))
    .map(({ workload, status: one, problem }) =>
      one
        ? [
            workload,
            one.identity,
            one.serial.slice(0, 12),
            `${duration(one.remainingSeconds)} of ${duration(one.lifetimeSeconds)}`,
            `${one.renewals}`,
            `${one.failures}${one.lastFailure ? ` (${one.lastFailure})` : ""}`,
            one.remainingRatio > LATE ? "" : "late",
          ]
        : [workload, problem],
    );
  const all = [["workload", "identity", "serial", "left", "renewals", "failures", ""], ...rows];
  const widths = all.reduce<number[]>((most, row) => row.map((cell, i) => Math.max(most[i] ?? 0, cell.length)), []);
  return all.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function duration(seconds: number): string {
  const minutes = Math.floor(Math.max(0, seconds) / 60);
  if (minutes < 10) return `${Math.floor(Math.max(0, seconds))} s`;
  return minutes < 120 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
