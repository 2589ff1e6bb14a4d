/** What the Pulumi engine said of one preview, from its event log: one JSON object per line. */

/** A rule of a policy pack that was broken. */
export interface Violation {
  policy: string;
  level: "advisory" | "mandatory" | "remediate" | "disabled";
  /** URN of the resource, or of the stack. */
  resource: string;
  message: string;
}

/** A resource as the program asks for it; secrets are `[secret]`. */
export interface PlannedResource {
  type: string;
  name: string;
  urn: string;
  inputs: Record<string, unknown>;
}

export interface Preview {
  /** What the stack would put out. */
  outputs: Record<string, unknown>;
  /** Number of resources by operation, such as `create` or `replace`. */
  changes: Record<string, number>;
  /** URNs of what is deleted or replaced: where something may be lost. */
  removed: string[];
  violations: Violation[];
  /** What there would be. */
  resources: PlannedResource[];
  errors: string[];
}

interface State {
  type: string;
  urn: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}
interface Metadata {
  op: string;
  urn: string;
  type: string;
  new?: State;
}
interface EngineEvent {
  resourcePreEvent?: { metadata: Metadata };
  resOutputsEvent?: { metadata: Metadata };
  policyEvent?: {
    resourceUrn?: string;
    message: string;
    policyName: string;
    enforcementLevel: Violation["level"];
  };
  diagnosticEvent?: { message: string; severity: string };
  summaryEvent?: { resourceChanges?: Record<string, number>; result?: string };
}

const STACK = "pulumi:pulumi:Stack";
/** What the engine adds when a policy forbids something; the policy has said why. */
const ENDED_BY_POLICY = "preview failed";
const SUCCEEDED = "succeeded";
const LOSING = new Set(["delete", "replace", "delete-replaced", "create-replacement"]);

/**
 * Reads what `pulumi preview --json` prints with PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true.
 * @throws Error when it is no such log, or ends before the preview did
 */
export function readEvents(text: string): Preview {
  const events = text.split("\n").flatMap((line, i) => (line.trim() === "" ? [] : [parseLine(line, i + 1)]));
  const summary = events.findLast(({ summaryEvent }) => summaryEvent)?.summaryEvent;
  const violations = events.flatMap(({ policyEvent }) => (policyEvent ? [violation(policyEvent)] : []));
  const said = events.flatMap(({ diagnosticEvent }) =>
    diagnosticEvent?.severity === "error" ? [diagnosticEvent.message.trim()] : [],
  );
  const forbidden = violations.some(({ level }) => level === "mandatory");
  const errors = said.filter((message) => !(forbidden && message === ENDED_BY_POLICY));
  // A preview that failed without a word has failed all the same.
  const { result = SUCCEEDED } = summary ?? {};
  if (result !== SUCCEEDED && said.length === 0 && !forbidden) errors.push(`the preview ended as "${result}"`);
  if (!summary && said.length === 0)
    throw new Error("the events end before the preview did; run `pulumi preview` again and let it finish");
  const planned = events.flatMap(({ resourcePreEvent }) => (resourcePreEvent ? [resourcePreEvent.metadata] : []));
  const done = events.flatMap(({ resOutputsEvent }) => (resOutputsEvent ? [resOutputsEvent.metadata] : []));
  return {
    outputs: done.findLast(({ type }) => type === STACK)?.new?.outputs ?? {},
    changes: summary?.resourceChanges ?? {},
    removed: [...new Set(planned.filter(({ op }) => LOSING.has(op)).map(({ urn }) => urn))].sort(),
    violations,
    resources: planned.filter(({ op }) => !op.startsWith("delete")).map(resource),
    errors,
  };
}

function parseLine(line: string, number: number): EngineEvent {
  try {
    const event: unknown = JSON.parse(line);
    if (typeof event === "object" && event !== null && "sequence" in event) return event as EngineEvent;
  } catch {
    // The message below says what is wanted.
  }
  throw new Error(
    `line ${number} is not an event of Pulumi's engine; make the file with ` +
      "`PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true pulumi preview --json`",
  );
}

function violation(event: NonNullable<EngineEvent["policyEvent"]>): Violation {
  const { policyName, enforcementLevel, resourceUrn = "", message } = event;
  // The first line is the policy's own description.
  const [description = "", ...said] = message.trim().split("\n");
  return { policy: policyName, level: enforcementLevel, resource: resourceUrn, message: said.join(" ") || description };
}

function resource({ type, urn, new: state }: Metadata): PlannedResource {
  return { type, name: urn.split("::").at(-1) ?? "", urn, inputs: state?.inputs ?? {} };
}
