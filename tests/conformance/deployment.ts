import { readFileSync } from "node:fs";
import type { Perimeter } from "../../lib/perimeter";
import type { Outputs } from "../../testbed/after-up";
import type { Deployment } from "./context";
import { DockerDriver } from "./docker";
import { secretsOf } from "./secrets";

/**
 * A deployment of the Docker engine, ready to be attacked.
 * @param exported What `pulumi stack export --show-secrets` says of it.
 */
export async function dockerDeployment(instance: string, outputs: Outputs, exported: string): Promise<Deployment> {
  return {
    driver: await DockerDriver.create(instance),
    perimeter: JSON.parse(readFileSync(outputs.perimeter, "utf8")) as Perimeter,
    origin: outputs.url,
    roots: readFileSync(outputs.trustBundle, "utf8"),
    users: outputs.users,
    secrets: secretsOf(exported),
  };
}
