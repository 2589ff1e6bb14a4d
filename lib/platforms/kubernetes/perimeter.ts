import { Authentication, type Perimeter } from "../../perimeter";
import type { ApiServerArgs } from "./args";

/** The workload that tells others the addresses of their callers, and what it learns them from. */
export const TRUST_CONTROLLER = "trust-controller";
export const API_SERVER = "api-server";

/** Said of an API server that nobody named, so that the check of the settings asks for it. */
export const NOWHERE: ApiServerArgs = { addresses: [] };

const MANAGEMENT = { name: "management", purpose: "Issues certificates, keeps logs and watches the rest." };

/** A perimeter together with what keeps OpenClaw's trust equal to the guard's addresses, which alone reaches the API server. Pure. */
export function withTrustController(perimeter: Perimeter, { addresses, port = 6443 }: ApiServerArgs): Perimeter {
  const { zones, workloads, flows, credentials } = perimeter;
  return {
    ...perimeter,
    zones: zones.some(({ name }) => name === MANAGEMENT.name) ? zones : [...zones, MANAGEMENT],
    workloads: [
      ...workloads,
      { name: TRUST_CONTROLLER, zone: MANAGEMENT.name, ports: {}, credentials: ["guard-addresses"] },
      { name: API_SERVER, zone: MANAGEMENT.name, ports: { https: port }, addresses },
    ],
    flows: [
      ...flows,
      {
        from: TRUST_CONTROLLER,
        to: API_SERVER,
        port: "https",
        authentication: Authentication.TlsCredential,
        purpose: "Learns the guard's addresses, and writes them where OpenClaw reads whom to believe.",
      },
    ],
    credentials: [
      ...credentials,
      { name: "guard-addresses", opens: "Whom OpenClaw believes: the one Secret that says so may be written with it." },
    ],
  };
}
