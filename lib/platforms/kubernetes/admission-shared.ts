import { namesOf } from "../../pki/step-ca-config";
import {
  type AdmissionRules,
  type Kind,
  type Named,
  NO_CA,
  own,
  PLAIN,
  type Rule,
  shortLived,
  tables,
} from "./admission";
import type { ExistingIssuerArgs } from "./args";
import { holders, issuerRef } from "./issuer";

export interface SharedAdmissionArgs {
  issuer: ExistingIssuerArgs;
  /** Where cert-manager and its service account are. */
  namespace: string;
  serviceAccount: string;
  /** Longest life of a leaf. */
  maxHours: number;
}

/**
 * Who may ask an issuer for what that others use too: our names are asked for from our own namespaces only, everybody keeps theirs. Pure.
 *
 * Identities are looked at whatever the issuer, because another one may sign under the same roots; DNS names and addresses at this one only,
 * because those elsewhere are none of ours. What was there before stays until its `spec` changes.
 */
export function sharedIssuerRules(segments: Named, args: SharedAdmissionArgs): AdmissionRules {
  const { issuer, maxHours } = args;
  const { trustDomain } = segments.perimeter;
  const here = atIssuer(issuer);
  const unlessHere = (rule: string) => `!(${here}) || (${rule})`;
  const named =
    "(has(object.spec.uris) && object.spec.uris.exists(one, one.lowerAscii().startsWith(variables.identities)))";
  const unlessNamed = (rule: string) => `!${named} || (${rule})`;
  const domain = `the trust domain ${trustDomain}`;
  const validations: Rule[] = [
    {
      expression: unlessNamed(`object.spec.uris.size() == 1 && ${own("uris")}`),
      message: `a certificate with an identity of ${domain} names exactly one, of a workload of its own namespace`,
    },
    {
      expression: unlessNamed(`${PLAIN} && ${shortLived(`${maxHours}h`)}`),
      message: `a certificate with an identity of ${domain} is no CA, names nobody otherwise, lives at most ${maxHours} hours and has a new key each time`,
    },
    {
      expression: unlessHere(`${keepsOff("names")} && ${keepsOff("addresses")} && ${commonNameKeepsOff()}`),
      message: `a certificate of ${issuer.name} may carry a name that leads to ${domain} from the workload's own namespace only`,
    },
    {
      expression: unlessHere(NO_CA),
      message: `${issuer.name} signs no CA: one could name anybody in ${domain}`,
    },
  ];
  return {
    certificates: {
      variables: [
        ...tables(segments),
        { name: "identities", expression: `'spiffe://${trustDomain.toLowerCase()}/'` },
        { name: "protected", expression: JSON.stringify(protectedNames(segments)) },
      ],
      validations: validations.map(unlessUnchanged),
    },
    certificaterequests: { variables: [], validations: [unlessUnchanged(requests(args, here))] },
  };
}

/** A request carries its names where no rule can read them. */
function requests({ issuer, namespace, serviceAccount }: SharedAdmissionArgs, here: string): Rule {
  const users = [`system:serviceaccount:${namespace}:${serviceAccount}`, ...(issuer.requesters ?? [])];
  return {
    expression: `!(${here}) || request.userInfo.username in ${JSON.stringify(users)}`,
    message: `only cert-manager asks ${issuer.name}; make a Certificate, or have the user named in certManager.issuer.requesters`,
  };
}

/** What is labelled, or on its way out, asks for nothing. */
function unlessUnchanged({ expression, message }: Rule): Rule {
  return { expression: `(oldObject != null && object.spec == oldObject.spec) || (${expression})`, message };
}

/** As cert-manager reads a reference in which something is left out. */
function atIssuer(args: ExistingIssuerArgs): string {
  const { name, kind, group } = issuerRef(args);
  const field = (key: string, otherwise: string) => {
    const path = `object.spec.issuerRef.${key}`;
    return `(has(${path}) && ${path} != '' ? ${path} : '${otherwise}')`;
  };
  return `object.spec.issuerRef.name == '${name}' && ${field("kind", "Issuer")} == '${kind}' && ${field("group", "cert-manager.io")} == '${group}'`;
}

/** All names and addresses that lead to workloads of ours, and the wildcards that do. */
function protectedNames({ perimeter }: Named): string[] {
  const names = holders(perimeter)
    .flatMap((workload) => namesOf(perimeter, workload))
    .filter((name) => !name.includes("://"))
    .map((name) => name.toLowerCase());
  const wildcards = names
    .filter((name) => /[a-z]/.test(name) && name.includes("."))
    .map((name) => name.replace(/^[^.]+/, "*"));
  return [...new Set([...names, ...wildcards])];
}

const FIELDS: Record<Exclude<Kind, "uris">, string> = { names: "dnsNames", addresses: "ipAddresses" };
/** An IPv4 address may be written as one of IPv6. */
const MAPPED = "one.matches('(?i)^[0:]*:ffff:')";

function keepsOff(kind: Exclude<Kind, "uris">): string {
  const field = `object.spec.${FIELDS[kind]}`;
  const foreign =
    kind === "names" ? "!(one.lowerAscii() in variables.protected)" : `!(one in variables.protected || ${MAPPED})`;
  return `(!has(${field}) || ${field}.all(one, ${foreign} || ${isOwn(kind)}))`;
}

function isOwn(kind: Kind): string {
  const table = `variables.${kind}`;
  return `(namespaceObject.metadata.name in ${table} && one in ${table}[namespaceObject.metadata.name])`;
}

/** What browsers do not look at any more, and other programs may. */
function commonNameKeepsOff(): string {
  return "(!has(object.spec.commonName) || !(object.spec.commonName.lowerAscii() in variables.protected))";
}
