import { BACKDATE } from "./clock-skew";
import { CERTIFICATE_AUTHORITY } from "./perimeter";

export interface RenewerConfigArgs {
  /** Where its files are. */
  directory: string;
  /** Where it puts the certificate. */
  publish: string;
  /** Its socket for questions and orders. */
  socket: string;
  workload: string;
  issuer: { address: string; port: number };
  identity: string;
  dnsNames: string[];
  ipAddresses: string[];
  usages: string[];
  hours: number;
}

/** Names of the files besides the configuration. */
export const RENEWER_FILES = { roots: "roots.pem", intermediate: "intermediate.pem", key: "enrolment.key" } as const;

/** Configuration of the program that keeps one certificate fresh. Pure. */
export function renewerConfig(args: RenewerConfigArgs): string {
  const { directory, workload, issuer, identity, dnsNames, ipAddresses, usages, hours } = args;
  return JSON.stringify({
    workload,
    issuer: { url: `https://${issuer.address}:${issuer.port}`, serverName: CERTIFICATE_AUTHORITY },
    roots: `${directory}/${RENEWER_FILES.roots}`,
    intermediate: `${directory}/${RENEWER_FILES.intermediate}`,
    provisioner: workload,
    key: `${directory}/${RENEWER_FILES.key}`,
    uris: [identity],
    dnsNames,
    ipAddresses,
    usages,
    lifetime: `${hours}h`,
    backdate: BACKDATE,
    directory: args.publish,
    socket: args.socket,
  });
}
