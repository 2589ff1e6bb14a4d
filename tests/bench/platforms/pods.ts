/** Generators and what they dial, on a cluster. */
import type { KubernetesDriver, PlaceInPod } from "../../conformance/kubernetes";
import { namespace, type PodPlace, pod } from "../../kubernetes/support/controller";
import { Generator } from "../generator";

/** A namespace that a killed run's successor finds by its label. */
export const ownNamespace = (name: string, prefix: string): object =>
  namespace(name, { "app.kubernetes.io/part-of": prefix });

export async function generatorPod(driver: KubernetesDriver, where: PodPlace): Promise<Generator> {
  const container = { image: driver.image, command: ["/generator"], stdin: true, stdinOnce: true };
  return generatorIn(driver, await runningPod(driver, where, container));
}

/** Makes a pod, and waits until its one container runs. */
export async function runningPod(
  driver: KubernetesDriver,
  where: PodPlace,
  container: Parameters<typeof pod>[1],
): Promise<PlaceInPod> {
  await driver.apply(pod(where, container));
  const place = { namespace: where.namespace, pod: where.name, container: "main" };
  await driver.running(place, "containerStatuses");
  return place;
}

export function generatorIn(driver: KubernetesDriver, place: PlaceInPod): Generator {
  return new Generator(driver.access.kubectl, driver.attached(place));
}
