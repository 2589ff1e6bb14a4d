import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { isAddress } from "../../perimeter/cidr";
import { namesOf } from "../../pki/step-ca-config";
import { holders } from "./issuer";
import { longestLife } from "./life";
import type { KubernetesSegments } from "./segments";

export interface AdmissionArgs {
  issuerName: string;
  /** Where cert-manager and its service account are. */
  namespace: string;
  serviceAccount: string;
  /** Longest life of a leaf. */
  maxHours: number;
}

export interface Rule {
  expression: string;
  message: string;
}

interface Variable {
  name: string;
  expression: string;
}

/** Rules for one kind of object. */
export interface Rules {
  variables: Variable[];
  validations: Rule[];
}

/** Rules by the kind of object they are for. */
export type AdmissionRules = Record<"certificates" | "certificaterequests", Rules>;

/** A network's own, as far as rules look at it. */
export type Named = Pick<KubernetesSegments, "perimeter" | "namespaceOf">;

/** What may stand in the certificates of a namespace. */
const KINDS = { uris: "uris", names: "dnsNames", addresses: "ipAddresses" } as const;
export type Kind = keyof typeof KINDS;

/**
 * Who may ask the internal issuer for what: a namespace for the names of its own workloads and for no other, whatever asks in it. In
 * every namespace of the cluster, since an issuer for the whole cluster answers all of them. Pure.
 */
export function certificateRules(segments: Named, { issuerName, maxHours }: AdmissionArgs): Rules {
  const ours = (rule: string) => `object.spec.issuerRef.name != '${issuerName}' || (${rule})`;
  return {
    variables: tables(segments),
    validations: [
      {
        expression: ours(`has(object.spec.uris) && object.spec.uris.size() == 1 && ${own("uris")}`),
        message: `a certificate of ${issuerName} names exactly one identity, of a workload of its own namespace`,
      },
      {
        expression: ours(`${own("names")} && ${own("addresses")}`),
        message: `a certificate of ${issuerName} may carry the names of its own namespace's workloads only`,
      },
      {
        expression: ours(PLAIN),
        message: `a certificate of ${issuerName} is no CA, and carries neither a subject nor other names`,
      },
      {
        expression: ours(shortLived(longestLife(maxHours))),
        message: `a certificate of ${issuerName} lives at most ${maxHours} hours, and has a new key each time`,
      },
    ],
  };
}

/** Names of workloads by their namespace, for each kind of name. Pure. */
export function tables(segments: Named): Variable[] {
  return (Object.keys(KINDS) as Kind[]).map((kind) => ({
    name: kind,
    expression: JSON.stringify(allowedNames(segments, kind)),
  }));
}

/** Ways to name somebody that no verifier of ours looks at, and one elsewhere might. */
const FOREIGN = ["commonName", "subject", "literalSubject", "emailAddresses", "otherNames"];

export const NO_CA = "(!has(object.spec.isCA) || !object.spec.isCA)";
/** Names nobody but by what verifiers of ours look at, and signs nothing. */
export const PLAIN = [...FOREIGN.map((field) => `!has(object.spec.${field})`), NO_CA].join(" && ");

/** Lives no longer, and has a new key each time. Pure. */
export function shortLived(longest: string): string {
  return [
    "has(object.spec.duration)",
    `duration(object.spec.duration) <= duration('${longest}')`,
    "has(object.spec.privateKey)",
    "has(object.spec.privateKey.rotationPolicy)",
    "object.spec.privateKey.rotationPolicy == 'Always'",
  ].join(" && ");
}

/** Every name of that kind is one of the namespace's own; a namespace that is no zone has none. Pure. */
export function own(kind: Kind): string {
  const field = `object.spec.${KINDS[kind]}`;
  const here = `variables.${kind}[namespaceObject.metadata.name]`;
  return `(!has(${field}) || (namespaceObject.metadata.name in variables.${kind} && ${field}.all(one, one in ${here})))`;
}

function allowedNames({ perimeter, namespaceOf }: Named, kind: Kind): Record<string, string[]> {
  const all = holders(perimeter).map((workload) => {
    const names = namesOf(perimeter, workload).filter((one) => kindOf(one) === kind);
    return [namespaceOf(workload.name), names] as const;
  });
  const namespaces = [...new Set(all.map(([namespace]) => namespace))];
  return Object.fromEntries(
    namespaces.map((namespace) => [namespace, all.flatMap(([place, names]) => (place === namespace ? names : []))]),
  );
}

function kindOf(name: string): Kind {
  if (name.includes("://")) return "uris";
  return isAddress(name) ? "addresses" : "names";
}

/** Requests of their own would go around the rules for certificates. Pure. */
export function requestRule({ issuerName, namespace, serviceAccount }: AdmissionArgs): Rule {
  return {
    expression: `object.spec.issuerRef.name != '${issuerName}' || request.userInfo.username == 'system:serviceaccount:${namespace}:${serviceAccount}'`,
    message: `only cert-manager asks ${issuerName}; make a Certificate`,
  };
}

/** Rules for an issuer of this deployment's own. Pure. */
export function ownIssuerRules(segments: Named, args: AdmissionArgs): AdmissionRules {
  return {
    certificates: certificateRules(segments, args),
    certificaterequests: { variables: [], validations: [requestRule(args)] },
  };
}

/** Rules, in force. */
export function admission(
  name: string,
  segments: KubernetesSegments,
  policies: AdmissionRules,
  parent: pulumi.Resource,
): pulumi.Resource[] {
  return Object.entries(policies).flatMap(([resource, rules]) => {
    const metadata = { name: `${segments.prefix}-${resource}`, labels: segments.commonLabels };
    const policy = new k8s.admissionregistration.v1.ValidatingAdmissionPolicy(
      `${name}-${resource}`,
      {
        metadata,
        spec: {
          failurePolicy: "Fail",
          matchConstraints: {
            resourceRules: [
              {
                apiGroups: ["cert-manager.io"],
                apiVersions: ["*"],
                operations: ["CREATE", "UPDATE"],
                resources: [resource],
              },
            ],
          },
          ...rules,
        },
      },
      { parent },
    );
    const binding = new k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
      `${name}-${resource}`,
      { metadata, spec: { policyName: metadata.name, validationActions: ["Deny"] } },
      { parent, dependsOn: [policy] },
    );
    return [policy, binding];
  });
}
