import { Authentication, type Flow, type Perimeter, type Workload } from "../../perimeter";
import type { ApiServerArgs } from "./args";

/** The workload that tells others the addresses of their callers, and what it learns them from. */
export const TRUST_CONTROLLER = "trust-controller";
export const API_SERVER = "api-server";

/** Said of an API server that nobody named, so that the check of the settings asks for it. */
export const NOWHERE: ApiServerArgs = { addresses: [] };
const GUARD = "guard";

const MANAGEMENT = { name: "management", purpose: "Issues certificates, keeps logs and watches the rest." };

const REVOCATIONS = {
  name: "revocations",
  opens: "Who is shut out: the one Secret that says so may be read and written with it.",
};

const GUARD_ADDRESSES = {
  name: "guard-addresses",
  opens: "Whom OpenClaw believes: the one Secret that says so may be written with it.",
};

/** Credentials that are rights at the API server: the cluster gives and takes them, and nobody keeps them anywhere. */
export const RIGHTS = [REVOCATIONS.name, GUARD_ADDRESSES.name];

const SHARING: Flow = {
  from: GUARD,
  to: API_SERVER,
  port: "https",
  authentication: Authentication.TlsCredential,
  purpose: "Shares with the other guards who signed out and who was revoked.",
};

/**
 * A perimeter together with what keeps OpenClaw's trust equal to the guard's addresses, and with what guards share. Nothing else reaches
 * the API server. Pure.
 */
export function withTrustController(perimeter: Perimeter, { addresses, port = 6443 }: ApiServerArgs): Perimeter {
  const { zones, workloads, flows, credentials } = perimeter;
  const guarded = workloads.some(({ name }) => name === GUARD);
  return {
    ...perimeter,
    zones: zones.some(({ name }) => name === MANAGEMENT.name) ? zones : [...zones, MANAGEMENT],
    workloads: [
      ...workloads.map((one) => (one.name === GUARD ? holding(one, REVOCATIONS.name) : one)),
      { name: TRUST_CONTROLLER, zone: MANAGEMENT.name, ports: {}, credentials: [GUARD_ADDRESSES.name] },
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
      ...(guarded ? [SHARING] : []),
    ],
    credentials: [...credentials, GUARD_ADDRESSES, ...(guarded ? [REVOCATIONS] : [])],
  };
}

function holding(one: Workload, credential: string): Workload {
  return { ...one, credentials: [...(one.credentials ?? []), credential] };
}
