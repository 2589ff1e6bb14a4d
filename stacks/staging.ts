import { cluster } from "./cluster";
import type { ClusterConfig } from "./cluster-config";
import { DEMO_ROLES, DEMO_USERS } from "./demo";

/** As production, with one replica of each. On localhost, where nobody else comes, without a provider of your own: the demo's people. */
export function staging(config: ClusterConfig) {
  const own = config.identityProvider !== undefined && config.openai !== undefined;
  return cluster(config, own ? { roles: {} } : { demo: { users: DEMO_USERS }, roles: DEMO_ROLES });
}
