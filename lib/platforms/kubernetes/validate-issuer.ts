import { DEFAULT_TRUST_DOMAIN, type Perimeter } from "../../perimeter";
import { suggest } from "../../perimeter/names";
import { rootsProblem } from "../../pki/existing";
import type { IssuerRefArgs, KubernetesArgs } from "./args";
import { CERT_MANAGER, holders, issuerRef } from "./issuer";
import type { Report } from "./validate";

const SUBDOMAIN = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const PATH = "certManager.issuer";
const KINDS = ["ClusterIssuer", "Issuer"];

/** Reports everything about the company's issuer that cannot work, or that would let others speak for our workloads. */
export function checkIssuer(
  { certManager, existingNamespaces = {} }: KubernetesArgs,
  perimeter: Perimeter,
  report: Report,
): void {
  const issuer = certManager?.issuer;
  if (!issuer) return;
  checkIssuerRef(issuer, PATH, report);
  checkRoots(issuer.roots, report);
  for (const [i, user] of (issuer.requesters ?? []).entries())
    if (!/^[^\s'"\\]+$/.test(user))
      report(`${PATH}.requesters[${i}]`, `"${user}" is no user of the cluster; remove it`);
  if (perimeter.trustDomain === DEFAULT_TRUST_DOMAIN)
    report(
      PATH,
      `signs for others too, and another deployment under its roots that also keeps the trust domain "${DEFAULT_TRUST_DOMAIN}" would be believed here; set a trustDomain of this one's own, such as "assistant.example.com"`,
    );
  const zones = [...new Set(holders(perimeter).map(({ zone }) => zone))].filter(
    (zone) => !(zone in existingNamespaces),
  );
  if (issuerRef(issuer).kind === "Issuer" && issuerRef(issuer).group === CERT_MANAGER && zones.length > 0)
    report(
      `${PATH}.kind`,
      `"Issuer" signs in its own namespace only, and ${zones.map((zone) => `"${zone}"`).join(", ")} would be new ones without it; name them in existingNamespaces, each with such an issuer, or use a ClusterIssuer`,
    );
}

/** Reports what is no reference to an issuer. */
export function checkIssuerRef(args: IssuerRefArgs, path: string, report: Report): void {
  const { name, kind, group } = issuerRef(args);
  if (!SUBDOMAIN.test(name ?? ""))
    report(`${path}.name`, `"${name ?? ""}" is no name of an issuer; use a-z, 0-9, hyphens and dots`);
  if (!SUBDOMAIN.test(group) || !group.includes("."))
    report(`${path}.group`, `"${group}" is no API group; use "${CERT_MANAGER}", or that of the issuer's own kind`);
  else if (group === CERT_MANAGER && !KINDS.includes(kind))
    report(`${path}.kind`, `"${kind}" is no issuer of ${CERT_MANAGER}; ${suggest(kind, KINDS)}`);
  else if (!/^[A-Z][A-Za-z0-9]{0,62}$/.test(kind))
    report(`${path}.kind`, `"${kind}" is no kind of objects; write it as its API does, such as "ClusterIssuer"`);
}

function checkRoots(roots: unknown, report: Report): void {
  if (!Array.isArray(roots) || roots.length === 0) {
    report(`${PATH}.roots`, "is missing; give the PEM of each root above the issuer, in a list");
    return;
  }
  for (const [i, pem] of roots.entries()) {
    const problem = rootsProblem(`${pem}`);
    if (problem) report(`${PATH}.roots[${i}]`, problem);
  }
}
