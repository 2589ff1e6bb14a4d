import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { INTERNET, type Perimeter, workload } from "../../perimeter";
import type { RecordPlace, Segments, SharedRecord } from "../platform";
import { DEFAULT_TOOLS_IMAGE, type KubernetesArgs } from "./args";
import { commonLabels, WORKLOAD_LABEL, workloadLabels, zoneLabels } from "./labels";
import { type Namespaces, namespaceOf, namespacesOf } from "./names";
import { networkPolicies, resolvers } from "./policies";
import { externalSecrets } from "./secrets";

/** A pod has one address, and which flows reach it is up to the policies. */
const ANY_ADDRESS = "0.0.0.0";

/** A namespace for each zone that denies by default, a pair of policies for each flow, and a fixed address for whoever is called. */
export class KubernetesSegments implements Segments {
  readonly perimeter: Perimeter;
  readonly args: KubernetesArgs;
  /** What names begin with. */
  readonly prefix: string;
  /** What must be there before anything runs, or people come in: namespaces, policies, and credentials from a store. */
  readonly ready: pulumi.Resource[];
  private readonly namespaces: Namespaces;
  /** Those made here, by the name they have in the cluster. */
  private readonly made: Map<string, k8s.core.v1.Namespace>;
  private readonly services: Map<string, k8s.core.v1.Service>;
  private readonly name: string;

  constructor(name: string, perimeter: Perimeter, args: KubernetesArgs, parent: pulumi.Resource) {
    this.name = name;
    this.perimeter = perimeter;
    this.args = args;
    this.prefix = args.prefix ?? name;
    this.namespaces = namespacesOf(perimeter, args, this.prefix);
    this.made = this.makeNamespaces(parent);
    const secrets = externalSecrets(name, perimeter, args, this, parent);
    this.ready = [...this.made.values(), ...this.makePolicies(parent), ...secrets];
    this.services = this.makeServices(parent);
  }

  addressOf(from: string, to: string): pulumi.Input<string> {
    this.requireFlow(from, to);
    const service = this.services.get(to);
    if (!service) throw new Error(`"${to}" is not run in this network, so it has no address in it`);
    return service.spec.clusterIP;
  }

  listenOf(from: string, to: string): string {
    this.requireFlow(from, to);
    return ANY_ADDRESS;
  }

  /** A pod has a new address each time. */
  sourceOf(from: string, to: string): undefined {
    this.requireFlow(from, to);
    return undefined;
  }

  recordOf(name: string, record: SharedRecord): RecordPlace {
    return { namespace: this.namespaceOf(name), name: record.keptAs ?? `${name}-${record.name}` };
  }

  namespaceOf(name: string): string {
    return namespaceOf(this.perimeter, this.namespaces, name);
  }

  /** What must be there before anything but a pod is put into a namespace: itself, if it is ours. */
  placeIn(namespace: string): pulumi.Resource[] {
    const made = this.made.get(namespace);
    return made ? [made] : [];
  }

  resolvesNames(name: string): boolean {
    return resolvers(this.perimeter).includes(name);
  }

  labelsOf(name: string): Record<string, string> {
    return workloadLabels(this.args, this.prefix, name);
  }

  get commonLabels(): Record<string, string> {
    return commonLabels(this.args, this.prefix);
  }

  /** Every namespace. */
  get allNamespaces(): string[] {
    return Object.values(this.namespaces);
  }

  get toolsImage(): string {
    return this.args.toolsImage ?? DEFAULT_TOOLS_IMAGE;
  }

  private makeNamespaces(parent: pulumi.Resource): Map<string, k8s.core.v1.Namespace> {
    const own = this.perimeter.zones.filter(({ name }) => !(name in (this.args.existingNamespaces ?? {})));
    return new Map(
      own.map(({ name: zone }) => {
        const name = this.namespaces[zone] as string;
        const labels = zoneLabels(this.args, this.prefix, zone);
        const metadata = { name, labels, annotations: this.args.annotations };
        return [name, new k8s.core.v1.Namespace(`${this.name}-${zone}`, { metadata }, { parent })];
      }),
    );
  }

  private makePolicies(parent: pulumi.Resource): pulumi.Resource[] {
    return networkPolicies(this.perimeter, this.namespaces, this.args).map(
      ({ name, namespace, spec }) =>
        new k8s.networking.v1.NetworkPolicy(
          `${this.name}-${namespace}-${name}`,
          {
            metadata: { name, namespace, labels: this.commonLabels },
            spec: spec as k8s.types.input.networking.v1.NetworkPolicySpec,
          },
          { parent, dependsOn: this.placeIn(namespace) },
        ),
    );
  }

  private makeServices(parent: pulumi.Resource): Map<string, k8s.core.v1.Service> {
    const called = new Set(this.perimeter.flows.filter(({ from }) => from !== INTERNET).map(({ to }) => to));
    const { existingPods = {} } = this.args;
    // Pods that are there already have a Service of their own.
    const run = this.perimeter.workloads.filter(
      ({ name, addresses }) => called.has(name) && !addresses && !(name in existingPods),
    );
    return new Map(
      run.map(({ name, ports }) => [
        name,
        new k8s.core.v1.Service(
          `${this.name}-${name}`,
          {
            metadata: {
              name,
              namespace: this.namespaceOf(name),
              labels: this.labelsOf(name),
              annotations: SKIP_AWAIT,
            },
            spec: {
              type: "ClusterIP",
              selector: { [WORKLOAD_LABEL]: name },
              ports: Object.entries(ports).map(([port, number]) => ({
                name: port,
                port: number,
                targetPort: number,
                protocol: "TCP",
              })),
            },
          },
          { parent, dependsOn: this.placeIn(this.namespaceOf(name)) },
        ),
      ]),
    );
  }

  private requireFlow(from: string, to: string): void {
    const known = this.perimeter.flows.some((flow) => flow.from === from && flow.to === to);
    if (known) return;
    for (const end of [from, to]) if (end !== INTERNET) workload(this.perimeter, end);
    throw new Error(`the perimeter has no flow from "${from}" to "${to}"`);
  }
}

/** Callers are told a service's address before anything answers there; that something does, the workload's own readiness says. */
export const SKIP_AWAIT = { "pulumi.com/skipAwait": "true" };
