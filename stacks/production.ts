import * as pulumi from "@pulumi/pulumi";
import { cluster } from "./cluster";
import type { ClusterConfig } from "./cluster-config";

/** What may not be a single one. */
const REPLICATED = ["edge", "guard", "egress", "trust-controller"];
const REPLICAS = 2;

/**
 * Several of all that can be several, and no part that stands in for another.
 * @throws RunError for a setting that would make it less
 */
export function production(config: ClusterConfig) {
  const { identityProvider, openai, kubernetes, publicUrl } = config;
  const problems = [
    ...(identityProvider ? [] : ["identityProvider and clientSecret: people sign in at your own provider"]),
    ...(openai ? [] : ["openaiApiKey: a real model answers"]),
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
  const several = { ...config, kubernetes: { ...kubernetes, replicas: { ...replicas, ...kubernetes.replicas } } };
  return cluster(several, { roles: {} });
}

function isLocal(url: string): boolean {
  const { hostname } = new URL(url);
  return ["localhost", "127.0.0.1", "[::1]"].includes(hostname) || hostname.endsWith(".localhost");
}
