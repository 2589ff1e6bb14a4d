/** What our workflows must keep to beyond what actionlint knows. */
import { isMap, isPair, isScalar, parseDocument, visit } from "yaml";

export interface Setting {
  /** Permissions to write, by job. */
  readonly mayWrite?: Readonly<Record<string, readonly string[]>>;
  /** Whether it may name secrets. */
  readonly secrets?: boolean;
}

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly permissions?: unknown;
  readonly "timeout-minutes"?: unknown;
  readonly steps?: readonly Step[];
}
interface Workflow {
  readonly on?: unknown;
  readonly permissions?: unknown;
  readonly concurrency?: { readonly group?: unknown };
  readonly defaults?: { readonly run?: { readonly shell?: unknown } };
  readonly jobs?: Readonly<Record<string, Job>>;
}

const PINNED = /^[\w.-]+(\/[\w.-]+)+@[0-9a-f]{40}$/;
const VERSION = /^ v\d+\.\d+\.\d+$/;
const LONGEST = 90;
/** A workflow that is started by what strangers did may run this and nothing else. */
const TRUSTED_REF = /^\$\{\{ github\.workflow_sha \}\}$/;
const TRUSTED_RUN = /^node \.github\/scripts\/[\w-]+\.mjs$/;

/** Everything that is wrong with a workflow, in the order of the file's parts; nothing if it keeps to all rules. */
export function faults(text: string, setting: Setting = {}): string[] {
  const workflow = (parseDocument(text).toJS() ?? {}) as Workflow;
  const triggers = triggersOf(workflow.on);
  return [
    ...(triggers.includes("pull_request_target") ? ["pull_request_target hands strangers our token"] : []),
    ...(isEmptyMap(workflow.permissions) ? [] : ["permissions: must be {} at the top"]),
    ...(typeof workflow.concurrency?.group === "string" ? [] : ["concurrency: has no group"]),
    ...(workflow.defaults?.run?.shell === "bash" ? [] : ["defaults.run.shell: must be bash"]),
    ...(!setting.secrets && /\$\{\{[^}]*\bsecrets\b/.test(text) ? ["names a secret"] : []),
    ...unpinned(text),
    ...Object.entries(workflow.jobs ?? {}).flatMap(([name, job]) =>
      [
        ...permissionFaults(job.permissions, setting.mayWrite?.[name] ?? [], triggers),
        ...timeoutFaults(job),
        ...(job.steps ?? []).flatMap((step) => stepFaults(step, triggers)),
      ].map((fault) => `${name}: ${fault}`),
    ),
  ];
}

function triggersOf(on: unknown): string[] {
  if (typeof on === "string") return [on];
  return Array.isArray(on) ? on.map(String) : Object.keys(on ?? {});
}

const isEmptyMap = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0;

/** Every `uses:` at any depth, with the comment behind it. */
function unpinned(text: string): string[] {
  const found: string[] = [];
  visit(parseDocument(text), {
    Pair(_, pair) {
      if (!isPair(pair) || !isScalar(pair.key) || pair.key.value !== "uses") return;
      if (!isScalar(pair.value) || isMap(pair.value)) return void found.push("uses: is no name");
      const name = String(pair.value.value);
      if (!PINNED.test(name)) found.push(`${name}: not pinned by the digest of a commit`);
      else if (!VERSION.test(pair.value.comment ?? "")) found.push(`${name}: does not say its version`);
    },
  });
  return found;
}

function permissionFaults(permissions: unknown, mayWrite: readonly string[], triggers: readonly string[]): string[] {
  if (typeof permissions !== "object" || permissions === null) return ["permissions: must be listed"];
  const writes = Object.entries(permissions)
    .filter(([, access]) => access !== "read" && access !== "none")
    .map(([what]) => what);
  const wrong = writes.filter((what) => !mayWrite.includes(what)).map((what) => `may write ${what}`);
  const open = writes.includes("pull-requests") && triggers.some((trigger) => trigger !== "workflow_run");
  return open ? [...wrong, "may write pull-requests where others' code runs"] : wrong;
}

function timeoutFaults({ "timeout-minutes": minutes }: Job): string[] {
  return typeof minutes === "number" && minutes <= LONGEST ? [] : [`timeout-minutes: must be at most ${LONGEST}`];
}

function stepFaults({ uses = "", run = "", with: inputs = {} }: Step, triggers: readonly string[]): string[] {
  const wrong: string[] = [];
  const script = run + String(inputs.script ?? "");
  // Of any kind: whether one is harmless changes with the next edit of another file.
  if (script.includes("${{")) wrong.push("an expression in a script; hand it over by env");
  const trusted = triggers.includes("workflow_run");
  if (trusted && run !== "" && !TRUSTED_RUN.test(run.trim())) wrong.push("runs more than our scripts");
  if (uses.startsWith("actions/checkout@")) {
    if (inputs["persist-credentials"] !== false) wrong.push("checkout leaves its token behind");
    const ours = TRUSTED_REF.test(String(inputs.ref ?? "")) && inputs["sparse-checkout"] === ".github/scripts";
    const others = inputs.repository !== undefined || inputs["allow-unsafe-pr-checkout"] !== undefined;
    if (trusted && (!ours || others)) wrong.push("checks out more than our scripts");
  }
  return wrong;
}
