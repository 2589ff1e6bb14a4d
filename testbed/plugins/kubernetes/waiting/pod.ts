/** Whether a pod is ready, and in whose words it says why not. */
import type { Value } from "../../values";
import { at, type KubeObject, listAt, nameOf, namespaceOf, numberAt, textAt } from "../objects";
import { condition, fresh, type Probe, type Subject } from "./probe";

/** Only the first step that is not done says anything. Being unscheduled is worth no warning: it may end by itself. */
export function podState(pod: KubeObject): { ready: boolean; warnings: string[] } {
  const scheduled = condition(pod, "PodScheduled");
  if (textAt(scheduled, "status") !== "True") return { ready: false, warnings: [] };
  for (const type of ["Initialized", "Ready"]) {
    const step = condition(pod, type);
    const done =
      textAt(step, "status") === "True" || (type === "Ready" && textAt(pod, "status", "phase") === "Succeeded");
    if (done) continue;
    const complaints = listAt(pod, "status", "containerStatuses").flatMap(containerComplaints);
    const message = textAt(step, "message");
    if (step === undefined || (complaints.length === 0 && message === "")) return { ready: false, warnings: [] };
    const said = (textAt(step, "reason") === "" ? "" : message) + complaints.join("\n");
    return { ready: false, warnings: [`[Pod ${fullName(pod)}]: ${said}`] };
  }
  return { ready: true, warnings: [] };
}

export function podProbe(subject: Subject): Probe {
  let pod = subject.object;
  return async () => {
    pod = await fresh(subject, pod);
    const { ready, warnings } = podState(pod);
    return { ready, object: pod, reasons: warnings };
  };
}

function fullName(pod: KubeObject): string {
  const namespace = namespaceOf(pod);
  return namespace === "" || namespace === "default" ? nameOf(pod) : `${namespace}/${nameOf(pod)}`;
}

function containerComplaints(status: Value): string[] {
  if (at(status, "ready") === true) return [];
  const name = textAt(status, "name");
  const complaints: string[] = [];
  const waiting = at(status, "state", "waiting");
  if (waiting !== undefined && textAt(waiting, "reason") !== "ContainerCreating")
    complaints.push(`[${textAt(waiting, "reason")}] ${withoutWrapping(textAt(waiting, "message"))}`);
  const ended = at(status, "state", "terminated");
  if (textAt(ended, "reason") !== "") {
    const message = textAt(ended, "message");
    complaints.push(
      message === ""
        ? `container "${name}" completed with exit code ${numberAt(ended, "exitCode") ?? 0}`
        : `[${textAt(ended, "reason")}] ${withoutWrapping(message)}`,
    );
  }
  const before = at(status, "lastState", "terminated");
  if (before !== undefined) {
    const how = `${textAt(before, "reason")}: exit code ${numberAt(before, "exitCode") ?? 0}`;
    complaints.push(`container "${name}" terminated at ${textAt(before, "finishedAt")} (${how})`);
    if (textAt(before, "message") !== "") complaints.push(textAt(before, "message"));
  }
  return complaints;
}

function withoutWrapping(message: string): string {
  return message
    .replace(/^rpc error: code = Unknown desc = Error response from daemon: /, "")
    .replace(/: manifest unknown$/, "");
}
