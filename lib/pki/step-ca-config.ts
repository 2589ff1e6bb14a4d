import { type Perimeter, spiffeId, type Workload } from "../perimeter";
import { isAddress } from "../perimeter/cidr";
import { BACKDATE } from "./clock-skew";
import { CERTIFICATE_AUTHORITY } from "./perimeter";

/** A public key as JSON Web Key. */
export interface PublicKey {
  kty: string;
  crv: string;
  x: string;
  y: string;
}

/** What lets one workload's renewer ask for that workload's certificates. */
export interface Enrolment {
  workload: Workload;
  key: PublicKey;
}

export interface StepCaConfigArgs {
  directory: string;
  listen: { address: string; port: number };
  perimeter: Perimeter;
  enrolments: Enrolment[];
  /** Longest life of a leaf. */
  maxHours: number;
}

/** Names of the files besides the configuration. */
export const STEP_CA_FILES = { roots: "roots.pem", chain: "intermediate.pem", key: "intermediate.key" } as const;

/** The shortest life of a leaf the issuer grants, a minute: it counts from before the issue, see `BACKDATE`. */
const MIN_LIFE = "6m";

/**
 * Configuration of step-ca. It decides who gets which names, whatever a renewer asks for: one provisioner per workload, each with a key
 * of its own and a template that refuses every name that is not that workload's. Pure.
 *
 * It keeps no database: what it signed is over within a day, and tokens are remembered for as long as they are good.
 */
export function stepCaConfig({ directory, listen, perimeter, enrolments, maxHours }: StepCaConfigArgs): string {
  return JSON.stringify({
    root: `${directory}/${STEP_CA_FILES.roots}`,
    crt: `${directory}/${STEP_CA_FILES.chain}`,
    key: `${directory}/${STEP_CA_FILES.key}`,
    address: `${listen.address}:${listen.port}`,
    dnsNames: [CERTIFICATE_AUTHORITY],
    // It says why it refused, and names what it signed. The tokens in its log are spent.
    logger: { format: "json" },
    tls: { minVersion: 1.3, maxVersion: 1.3, renegotiation: false },
    authority: {
      backdate: BACKDATE,
      claims: {
        minTLSCertDuration: MIN_LIFE,
        defaultTLSCertDuration: `${maxHours}h`,
        maxTLSCertDuration: `${maxHours}h`,
      },
      policy: { x509: { allow: allowedNames(perimeter, enrolments) } },
      provisioners: enrolments.map(({ workload, key }) => ({
        type: "JWK",
        name: workload.name,
        key: { ...key, use: "sig", alg: "ES256", kid: workload.name },
        options: { x509: { template: template(perimeter, workload) } },
      })),
    },
  });
}

/** The names a workload's certificates may carry: its identity, its own name, and what else it is reached by. */
export function namesOf(perimeter: Perimeter, { name, names = [] }: Workload): string[] {
  return [spiffeId(perimeter, name), name, ...names];
}

/** What the whole CA may sign: a second line, should a template be wrong. */
function allowedNames({ trustDomain }: Perimeter, enrolments: Enrolment[]): Record<string, string[]> {
  const all = enrolments.flatMap(({ workload: { name, names = [] } }) => [name, ...names]);
  const addresses = all.filter(isAddress);
  return {
    uri: [trustDomain],
    dns: all.filter((name) => !isAddress(name)),
    ...(addresses.length > 0 ? { ip: addresses } : {}),
  };
}

function template(perimeter: Perimeter, workload: Workload): string {
  const only = (values: string[]) => `(list ${values.map((value) => JSON.stringify(value)).join(" ")})`;
  return [
    // What begins with anything else is taken for base64.
    "{ ",
    // Without a usage a certificate would be good for everything.
    '{{ if not (and (kindIs "slice" .Token.usages) .Token.usages) }}{{ fail "the token names no usages" }}{{ end }}',
    refuse(".SANs", ".Value", only(namesOf(perimeter, workload)), `is no name of ${workload.name}`),
    refuse(".Token.usages", ".", only(["serverAuth", "clientAuth"]), "is no usage of a workload's certificate"),
    '"subject": {}, "sans": {{ toJson .SANs }}, "keyUsage": ["digitalSignature"], "extKeyUsage": {{ toJson .Token.usages }}}',
  ].join("");
}

function refuse(list: string, value: string, allowed: string, why: string): string {
  return `{{ range ${list} }}{{ if not (has ${value} ${allowed}) }}{{ fail (printf "%q ${why}" ${value}) }}{{ end }}{{ end }}`;
}
