import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { isAddress } from "../../perimeter/cidr";
import { certified } from "../../pki/perimeter";
import { namesOf } from "../../pki/step-ca-config";
import { TRUST_CONTROLLER } from "./perimeter";
import type { KubernetesSegments } from "./segments";

export interface AdmissionArgs {
  issuerName: string;
  /** Where cert-manager and its service account are. */
  namespace: string;
  serviceAccount: string;
  /** Longest life of a leaf. */
  maxHours: number;
}

interface Rule {
  expression: string;
  message: string;
}

interface Variable {
  name: string;
  expression: string;
}

/** What may stand in the certificates of a namespace. */
const KINDS = { uris: "uris", names: "dnsNames", addresses: "ipAddresses" } as const;
type Kind = keyof typeof KINDS;

/**
 * Who may ask the internal issuer for what: a namespace for the names of its own workloads and for no other, whatever asks in it. In
 * every namespace of the cluster, since an issuer for the whole cluster answers all of them. Pure.
 */
export function certificateRules(
  segments: Pick<KubernetesSegments, "perimeter" | "namespaceOf">,
  { issuerName, maxHours }: AdmissionArgs,
): { variables: Variable[]; validations: Rule[] } {
  const ours = (rule: string) => `object.spec.issuerRef.name != '${issuerName}' || (${rule})`;
  return {
    variables: (Object.keys(KINDS) as Kind[]).map((kind) => ({
      name: kind,
      expression: JSON.stringify(allowedNames(segments, kind)),
    })),
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
        expression: ours(
          [
            ...FOREIGN.map((field) => `!has(object.spec.${field})`),
            "(!has(object.spec.isCA) || !object.spec.isCA)",
          ].join(" && "),
        ),
        message: `a certificate of ${issuerName} is no CA, and carries neither a subject nor other names`,
      },
      {
        expression: ours(
          [
            "has(object.spec.duration)",
            `duration(object.spec.duration) <= duration('${maxHours}h')`,
            "has(object.spec.privateKey)",
            "has(object.spec.privateKey.rotationPolicy)",
            "object.spec.privateKey.rotationPolicy == 'Always'",
          ].join(" && "),
        ),
        message: `a certificate of ${issuerName} lives at most ${maxHours} hours, and has a new key each time`,
      },
    ],
  };
}

/** Ways to name somebody that no verifier of ours looks at, and one elsewhere might. */
const FOREIGN = ["commonName", "subject", "literalSubject", "emailAddresses", "otherNames"];

/** Every name of that kind is one of the namespace's own; a namespace that is no zone has none. */
function own(kind: Kind): string {
  const field = `object.spec.${KINDS[kind]}`;
  const here = `variables.${kind}[namespaceObject.metadata.name]`;
  return `(!has(${field}) || (namespaceObject.metadata.name in variables.${kind} && ${field}.all(one, one in ${here})))`;
}

function allowedNames(
  { perimeter, namespaceOf }: Pick<KubernetesSegments, "perimeter" | "namespaceOf">,
  kind: Kind,
): Record<string, string[]> {
  // The trust controller knows the API server by its token.
  const holders = certified(perimeter).filter(({ name }) => name !== TRUST_CONTROLLER);
  const all = holders.map((workload) => {
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

/** The rules, in force. */
export function admission(
  name: string,
  segments: KubernetesSegments,
  args: AdmissionArgs,
  parent: pulumi.Resource,
): pulumi.Resource[] {
  const { perimeter } = segments;
  const namespaceOf = (name: string) => segments.namespaceOf(name);
  const policies = {
    certificates: certificateRules({ perimeter, namespaceOf }, args),
    certificaterequests: { variables: [], validations: [requestRule(args)] },
  };
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
