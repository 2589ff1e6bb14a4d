import type { Resource } from "../rule";
import { kindOf, namespaceOf } from "./kinds";
import type { Pod } from "./pods";
import { same, selects } from "./selectors";
import { at, list, type Props, record, texts, UNKNOWN } from "./values";

export type Direction = "Ingress" | "Egress";

export const networkPolicies = (resources: Resource[]): Resource[] =>
  resources.filter((resource) => kindOf(resource) === "NetworkPolicy");

/** In which directions a policy lets through only what it names. */
export function directionsOf({ props }: Resource): Direction[] {
  const spec = record(props.spec);
  const said = texts(spec.policyTypes) as Direction[];
  return said.length > 0 ? said : ["Ingress", ...(spec.egress === undefined ? [] : ["Egress" as const])];
}

/** Whether a policy is for the pods of a workload. */
export function isFor(policy: Resource, workload: Resource, pod: Pod): boolean {
  return (
    same(namespaceOf(policy), namespaceOf(workload)) && selects(at(policy.props, "spec", "podSelector"), pod.labels)
  );
}

/** The peers each rule of a policy names: none is everybody. */
export function peersOf({ props }: Resource, direction: Direction): Props[][] {
  const [rules, peers] = direction === "Ingress" ? ["ingress", "from"] : ["egress", "to"];
  return list(at(props, "spec", rules as string)).flatMap((rule) => {
    const named = at(rule, peers as string);
    return named === UNKNOWN ? [] : [list(named).map(record)];
  });
}

/** Ranges of addresses among a rule's peers. */
export function blocksOf(peers: Props[]): { cidr: string; except: string[] }[] {
  return peers.flatMap(({ ipBlock }) => {
    const { cidr, except } = record(ipBlock);
    return typeof cidr === "string" ? [{ cidr, except: texts(except) }] : [];
  });
}
