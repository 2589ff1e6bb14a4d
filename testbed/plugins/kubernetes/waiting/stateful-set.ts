/** Whether a StatefulSet has rolled out. */
import { type KubeObject, numberAt, textAt } from "../objects";
import { podState } from "./pod";
import { core, fresh, isOwnedBy, neighbours, type Probe, type Subject, type Verdict } from "./probe";

export function statefulSetProbe(subject: Subject): Probe {
  let set = subject.object;
  return async () => {
    set = await fresh(subject, set);
    const verdict = judge(set);
    if (verdict.ready) return verdict;
    const pods = (await neighbours(subject, core("Pod"))).filter((pod) => isOwnedBy(pod, set));
    return { ...verdict, reasons: [...verdict.reasons, ...pods.flatMap((pod) => podState(pod).warnings)] };
  };
}

function judge(set: KubeObject): Verdict {
  const generation = numberAt(set, "metadata", "generation") ?? 0;
  // Until the controller has seen this generation, everything it says is about the one before.
  const observed = (numberAt(set, "status", "observedGeneration") ?? -1) >= generation;
  const count = (field: string): number => (observed ? (numberAt(set, "status", field) ?? 0) : 0);
  const wanted = observed ? (numberAt(set, "spec", "replicas") ?? 0) : 0;
  const [from, to] = observed
    ? [textAt(set, "status", "currentRevision"), textAt(set, "status", "updateRevision")]
    : ["", ""];
  const byHand = generation > 1 && textAt(set, "spec", "updateStrategy", "type") === "OnDelete";
  const revisionReady = observed && (byHand || (from !== "" && from === to));
  const replicasReady =
    observed &&
    wanted === count("replicas") &&
    wanted === count("readyReplicas") &&
    (byHand || wanted === count("currentReplicas"));
  const reasons: string[] = [];
  const ready = revisionReady ? count("readyReplicas") : Math.min(count("readyReplicas"), count("updatedReplicas"));
  if (!replicasReady) reasons.push(`${ready} out of ${wanted} replicas succeeded readiness checks`);
  if (!revisionReady)
    reasons.push(`StatefulSet controller failed to advance from revision "${from}" to revision "${to}"`);
  return { ready: revisionReady && replicasReady, object: set, reasons };
}
