import type { JsonObject } from "../../../lib/envoy";
import type { Outputs } from "../../../testbed/after-up";
import type { KubernetesDriver } from "../../conformance/kubernetes";
import { endpoint, isCluster, only, userHeaderIn } from "../configuration";
import { generatorIn, generatorPod } from "./pods";
import type { Side } from "./side";

/** A deployment on a cluster, with one generator in the guard's pod and one in a pod of a namespace that is none of its zones. */
export async function kubernetesSide(driver: KubernetesDriver, namespace: string, outputs: Outputs): Promise<Side> {
  const text = await driver.configuration("guard");
  const inside = generatorIn(driver, await driver.within("guard"));
  const outside = await generatorPod(driver, { namespace, name: "outside", labels: {} });
  return {
    outputs,
    userHeader: userHeaderIn(text),
    openclaw: endpoint(only(JSON.parse(text) as JsonObject, isCluster("openclaw"))),
    edge: await entrance(driver),
    inside,
    outside,
  };
}

/** The service by which people come in, at its address inside: the port of the node leads through the same rules. */
async function entrance(driver: KubernetesDriver) {
  const [pod] = await driver.podsOf("edge");
  if (pod === undefined) throw new Error("no pod of edge runs");
  const where = ["--namespace", pod.metadata.namespace, "edge-entrance", "--output", "json"];
  const { spec } = JSON.parse(await driver.kubectl("get", "service", ...where)) as {
    spec: { clusterIP: string; ports: { port: number }[] };
  };
  return { address: spec.clusterIP, port: spec.ports[0]?.port ?? 0 };
}
