/** What the rest of the test bed uses of the cluster. */
export { type Cluster, ensureCluster, reachCluster, removeCluster, restartCluster } from "./cluster";
export { enforcesPolicies } from "./enforcement";
