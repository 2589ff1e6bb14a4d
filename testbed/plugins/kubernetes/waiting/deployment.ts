/** Whether a Deployment has rolled out. */
import { annotation, at, type KubeObject, listAt, nameOf, numberAt, textAt } from "../objects";
import { podState } from "./pod";
import { apps, condition, core, fresh, isOwnedBy, neighbours, type Probe, type Subject, type Verdict } from "./probe";

const REVISION = "deployment.kubernetes.io/revision";

export function deploymentProbe(subject: Subject): Probe {
  let deployment = subject.object;
  return async () => {
    deployment = await fresh(subject, deployment);
    const [replicaSets, pods, claims] = await Promise.all(
      [apps("ReplicaSet"), core("Pod"), core("PersistentVolumeClaim")].map((kind) => neighbours(subject, kind)),
    );
    const verdict = judge(deployment, replicaSets ?? [], pods ?? [], claims ?? []);
    const reconciled =
      numberAt(deployment, "status", "observedGeneration") === numberAt(deployment, "metadata", "generation");
    return { ...verdict, ready: verdict.ready && (subject.once || reconciled) };
  };
}

function judge(
  deployment: KubeObject,
  replicaSets: readonly KubeObject[],
  pods: readonly KubeObject[],
  claims: readonly KubeObject[],
): Verdict {
  const revision = annotation(deployment, REVISION) || "0";
  const available = textAt(condition(deployment, "Available"), "status") === "True";
  const progressing = condition(deployment, "Progressing");
  const rolledOut =
    textAt(progressing, "status") === "True" && textAt(progressing, "reason") === "NewReplicaSetAvailable";
  const replicaSet = replicaSets.find(
    (candidate) => isOwnedBy(candidate, deployment) && annotation(candidate, REVISION) === revision,
  );
  const replicasReady = replicaSet !== undefined && hasItsReplicas(replicaSet);
  const unbound = claimsOf(deployment, claims).filter((claim) => textAt(claim, "status", "phase") !== "Bound");
  // The first revision is made, not rolled out: there is no rollout that could be done.
  const rollout = revision === "1" || rolledOut;
  if (available && rollout && replicasReady && unbound.length === 0)
    return { ready: true, object: deployment, reasons: [] };

  const reasons = ["Progressing", "Available"].flatMap((type) => {
    const found = condition(deployment, type);
    const [reason, message] = [textAt(found, "reason"), textAt(found, "message")];
    return textAt(found, "status") === "True" || reason === "" ? [] : [`[${reason}] ${message}`];
  });
  if (unbound.length > 0)
    reasons.push(`Failed to bind PersistentVolumeClaim(s): ${JSON.stringify(unbound.map(nameOf).join(","))}`);
  if (!available) reasons.push("Minimum number of live Pods was not attained");
  else if (!rollout || (revision === "1" && !replicasReady))
    reasons.push("Minimum number of Pods to consider the application live was not attained");
  else if (!replicasReady)
    reasons.push("Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live");
  const own = replicaSet === undefined ? [] : pods.filter((pod) => isOwnedBy(pod, replicaSet));
  return { ready: false, object: deployment, reasons: [...reasons, ...own.flatMap((pod) => podState(pod).warnings)] };
}

/** The replica set's own number counts: somebody may have scaled the Deployment since. */
function hasItsReplicas(replicaSet: KubeObject): boolean {
  const wanted = numberAt(replicaSet, "spec", "replicas") ?? 1;
  const ready = numberAt(replicaSet, "status", "readyReplicas");
  return ready === undefined ? wanted === 0 : ready >= wanted;
}

function claimsOf(deployment: KubeObject, claims: readonly KubeObject[]): KubeObject[] {
  const names = listAt(deployment, "spec", "template", "spec", "volumes")
    .filter((volume) => at(volume, "persistentVolumeClaim") !== undefined)
    .map((volume) => textAt(volume, "persistentVolumeClaim", "claimName"));
  return claims.filter((claim) => names.includes(nameOf(claim)));
}
