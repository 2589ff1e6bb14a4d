import { Authentication, type Flow, type Perimeter, type Workload } from "../perimeter";

/** The workload that issues the certificates of all others, and the one that asks for them. */
export const CERTIFICATE_AUTHORITY = "ca";
export const RENEWER = "renewer";

const MANAGEMENT = { name: "management", purpose: "Issues certificates, keeps logs and watches the rest." };

const WORKLOADS: Workload[] = [
  { name: CERTIFICATE_AUTHORITY, zone: MANAGEMENT.name, ports: { https: 9000 }, credentials: ["intermediate-key"] },
  { name: RENEWER, zone: MANAGEMENT.name, ports: {}, credentials: ["enrolment-keys"] },
];

const FLOW: Flow = {
  from: RENEWER,
  to: CERTIFICATE_AUTHORITY,
  port: "https",
  authentication: Authentication.TlsCredential,
  purpose: "Fetches each workload's next certificate, with the one before or with its enrolment key.",
};

/**
 * A perimeter together with what issues certificates in it: the CA, which only the renewers reach. No workload has a way to either, so
 * that one that was taken over cannot ask for anything. Pure.
 *
 * @example
 * const network = new SegmentedNetwork("net", { platform: docker(), perimeter: withCertificateAuthority(perimeter) });
 */
export function withCertificateAuthority(perimeter: Perimeter): Perimeter {
  const { zones, workloads, flows, credentials } = perimeter;
  return {
    ...perimeter,
    zones: zones.some(({ name }) => name === MANAGEMENT.name) ? zones : [...zones, MANAGEMENT],
    workloads: [...workloads, ...WORKLOADS],
    flows: [...flows, FLOW],
    credentials: [
      ...credentials,
      { name: "intermediate-key", opens: "Every workload's identity: it signs their certificates." },
      { name: "enrolment-keys", opens: "Certificates for each workload, each key for one of them." },
    ],
  };
}

/** The workloads that may have certificates. */
export function certified({ workloads }: Perimeter): Workload[] {
  return workloads.filter(({ name, addresses }) => !addresses && ![CERTIFICATE_AUTHORITY, RENEWER].includes(name));
}

/** What a perimeter lacks to have certificates issued inside it. Pure. */
export function issuerProblem({ workloads }: Perimeter): string | undefined {
  const missing = [CERTIFICATE_AUTHORITY, RENEWER].find((name) => !workloads.some((one) => one.name === name));
  if (missing === undefined) return undefined;
  return `the network's perimeter has no workload "${missing}"; make it with withCertificateAuthority(perimeter)`;
}
