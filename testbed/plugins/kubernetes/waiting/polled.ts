/** Kinds that are ready when one field of theirs says so. The official plugin gives each its own time, whatever the resource's options say. */
import { isDeepStrictEqual } from "node:util";
import { at, isObject, type KubeObject, textAt } from "../objects";
import { fresh, type Probe, type Subject } from "./probe";

export function claimProbe(subject: Subject): Probe {
  let binding = "";
  return polled(subject, async (claim) => {
    if (binding === "") binding = await bindingMode(subject, claim);
    const phase = textAt(claim, "status", "phase");
    if (subject.existed && phase === "Bound") return true;
    // It stays pending until a pod uses it, and the pod may come later in the same program.
    return phase === (binding === "WaitForFirstConsumer" ? "Pending" : "Bound");
  });
}

export function quotaProbe(subject: Subject): Probe {
  return polled(subject, async (quota) => {
    const wanted = at(quota, "spec", "hard");
    return isObject(wanted) && isDeepStrictEqual(wanted, at(quota, "status", "hard"));
  });
}

/** The token of a service account is filled in by a controller. */
export function tokenProbe(subject: Subject): Probe {
  return polled(subject, async (secret) => {
    const data = at(secret, "data");
    return isObject(data) && Object.keys(data).length > 0;
  });
}

function polled(subject: Subject, isReady: (object: KubeObject) => Promise<boolean>): Probe {
  let object = subject.object;
  return async () => {
    object = await fresh(subject, object);
    return { ready: await isReady(object), object, reasons: [] };
  };
}

async function bindingMode({ api, signal }: Subject, claim: KubeObject): Promise<string> {
  const name = textAt(claim, "spec", "storageClassName");
  if (name === "") return "";
  const kind = { group: "storage.k8s.io", version: "v1", kind: "StorageClass" };
  const found = await api.get(kind, "", name, signal).catch(() => undefined);
  return textAt(found, "volumeBindingMode");
}
