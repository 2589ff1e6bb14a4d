import * as pulumi from "@pulumi/pulumi";
import { cluster } from "./cluster";
import { type ClusterConfig, STORED_KEY } from "./cluster-config";

/** What may not be a single one. */
const REPLICATED = ["edge", "guard", "egress", "trust-controller"];
const REPLICAS = 2;

/**
 * Several of all that can be several, no part that stands in for another, and no credential in settings or state: a store has them.
 * @throws RunError for a setting that would make it less
 */
export function production(config: ClusterConfig) {
  const { identityProvider, openai, kubernetes, publicUrl } = config;
  const problems = [
    ...(identityProvider ? [] : ["identityProvider: people sign in at your own provider"]),
    ...(openai
      ? []
      : [`kubernetes.externalSecrets.values["${STORED_KEY}"]: a real model answers, and your store has its key`]),
    ...(kubernetes.requireSecretStore === false
      ? ["kubernetes.requireSecretStore: no credential is in settings or state here; remove it"]
      : []),
    ...(isLocal(publicUrl) ? [`publicUrl: "${publicUrl}" is this machine's own; use the URL people open`] : []),
    ...REPLICATED.filter((name) => (kubernetes.replicas?.[name] ?? REPLICAS) < REPLICAS).map(
      (name) => `kubernetes.replicas.${name}: at least ${REPLICAS}, so that one can be replaced while others work`,
    ),
  ];
  if (problems.length > 0)
    throw new pulumi.RunError(`production needs other settings:\n${problems.map((one) => `  ${one}`).join("\n")}`);
  const replicas = Object.fromEntries(
    REPLICATED.filter((name) => !kubernetes.autoscale?.[name]).map((name) => [name, REPLICAS]),
  );
  const strict = { ...kubernetes, requireSecretStore: true, replicas: { ...replicas, ...kubernetes.replicas } };
  return cluster({ ...config, kubernetes: strict }, { roles: {} });
}

function isLocal(url: string): boolean {
  const { hostname } = new URL(url);
  return ["localhost", "127.0.0.1", "[::1]"].includes(hostname) || hostname.endsWith(".localhost");
}
