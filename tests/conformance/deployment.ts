import { readFileSync } from "node:fs";
import type Docker from "dockerode";
import type { Perimeter } from "../../lib/perimeter";
import type { Outputs } from "../../testbed/after-up";
import type { Cluster } from "../../testbed/cluster";
import type { Deployment } from "./context";
import { DockerDriver } from "./docker";
import { KubernetesDriver } from "./kubernetes";
import { buildProbe, IMAGE } from "./running-probe";
import { secretsOf } from "./secrets";

/**
 * A deployment of the Docker engine, ready to be attacked.
 * @param exported What `pulumi stack export --show-secrets` says of it.
 */
export async function dockerDeployment(instance: string, outputs: Outputs, exported: string): Promise<Deployment> {
  return { driver: await DockerDriver.create(instance), ...known(outputs, exported) };
}

/**
 * A deployment on a cluster, ready to be attacked.
 * @param docker Where the probe is built.
 * @param exported What `pulumi stack export --show-secrets` says of it.
 */
export async function kubernetesDeployment(
  cluster: Cluster,
  docker: Docker,
  prefix: string,
  outputs: Outputs,
  exported: string,
): Promise<Deployment & { driver: KubernetesDriver }> {
  const rest = known(outputs, exported);
  return { driver: await kubernetesDriver(cluster, docker, prefix, rest.perimeter), ...rest };
}

/**
 * Carries out orders inside a deployment on a cluster.
 * @param docker Where the probe is built.
 */
export async function kubernetesDriver(
  cluster: Cluster,
  docker: Docker,
  prefix: string,
  perimeter: Perimeter,
): Promise<KubernetesDriver> {
  await buildProbe();
  const { [IMAGE]: image = IMAGE } = await cluster.importImages(docker, [IMAGE]);
  const access = { ...cluster, kubectl: cluster.kubectl.path };
  return new KubernetesDriver(access, prefix, perimeter, image);
}

function known(outputs: Outputs, exported: string): Omit<Deployment, "driver"> {
  return {
    perimeter: JSON.parse(readFileSync(outputs.perimeter, "utf8")) as Perimeter,
    origin: outputs.url,
    roots: readFileSync(outputs.trustBundle, "utf8"),
    users: outputs.users,
    secrets: secretsOf(exported),
  };
}
