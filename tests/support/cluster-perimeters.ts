import fc from "fast-check";
import { INTERNET, type Perimeter } from "../../lib";
import type { KubernetesArgs } from "../../lib/platforms/kubernetes/args";
import { workloadLabels } from "../../lib/platforms/kubernetes/labels";
import { namespaceOf, namespacesOf } from "../../lib/platforms/kubernetes/names";
import { networkPolicies } from "../../lib/platforms/kubernetes/policies";
import type { Manifest } from "./manifests";
import { flow, perimeters } from "./perimeters";

export const ARGS: KubernetesArgs = { apiServer: { addresses: ["10.0.0.1/32"] } };
const PREFIX = "some";

/** Perimeters as they are on a cluster: with hosts in private ranges, other ports, and something that is there already. */
export function clusterPerimeters(): fc.Arbitrary<Perimeter> {
  return fc
    .tuple(perimeters(), fc.boolean(), fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }))
    .map(([perimeter, existing, choices]) => {
      const flows = perimeter.flows.map((one, i) => ({
        ...one,
        ...(one.to === INTERNET && choices[i % 5] ? { port: "8443" } : {}),
        ...(one.to === INTERNET && choices[(i + 1) % 5] ? { ranges: ["10.20.0.0/16"] } : {}),
      }));
      const { workloads, zones } = perimeter;
      if (!existing) return { ...perimeter, flows };
      const [first, last] = [workloads[0], workloads.at(-1)];
      const there = { name: "there", zone: zones[0]?.name ?? "", ports: { https: 6443 }, addresses: ["10.0.0.1/32"] };
      const calls = [first, last].map((one) => flow(`${one?.name}`, "there", "https", "tls+credential"));
      return { ...perimeter, workloads: [...workloads, there], flows: [...flows, ...calls] };
    });
}

/** Namespaces, policies and pods of a perimeter, without anything else. */
export function manifestsOf(perimeter: Perimeter, args: KubernetesArgs = ARGS): Manifest[] {
  const namespaces = namespacesOf(perimeter, args, PREFIX);
  return [
    ...Object.values(namespaces).map((name) => namespace(name)),
    ...networkPolicies(perimeter, namespaces, args).map(({ name, namespace, spec }) => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name, namespace },
      spec,
    })),
    ...perimeter.workloads
      .filter(({ addresses }) => !addresses)
      .map(({ name }) => pod(namespaceOf(perimeter, namespaces, name), name, workloadLabels(args, PREFIX, name))),
  ];
}

/** As the API server labels it. */
export function namespace(name: string): Manifest {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { "kubernetes.io/metadata.name": name } } };
}

/** A Deployment of pods with these labels. */
export function pod(namespace: string, name: string, labels: Record<string, string>): Manifest {
  const spec = {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "main", image: "example:1" }] } },
  };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace, labels }, spec };
}
