import { type Extension, extension, type JsonObject, typed } from "../types";

/** Whose certificates an Envoy verifies: who calls it, and whom it calls. SPIFFE IDs. */
export interface Peers {
  /** @default - strangers, who show none */
  callers?: string[];
  callees: string[];
  /** What passes here: requests, or a stream nobody looks into. @default "http" */
  kind?: "http" | "tcp";
}

/** Name of the file that says whom not to let through although the certificate is good, and of the filter in it. */
export const DENIED_FILE = "denied.json";
const FILTER = "denied";

const TYPES = { http: "filters.http.rbac.v3.RBAC", tcp: "filters.network.rbac.v3.RBAC" } as const;

/** Lets only one workload's certificate pass. The handshake has checked it already; this puts the decision into the log. */
export function allowPeer(identity: string) {
  return extension("envoy.filters.http.rbac.peer", "filters.http.rbac.v3.RBAC", {
    rules: { action: "ALLOW", policies: { peer: { permissions: [{ any: true }], principals: [peer(identity)] } } },
  });
}

/** Refuses whom {@link DENIED_FILE} of the directory names. A changed file takes an identity away at once, also on open connections. */
export function denyPeers(directory: string, kind: "http" | "tcp" = "http"): Extension & JsonObject {
  return {
    name: FILTER,
    config_discovery: {
      config_source: {
        resource_api_version: "V3",
        path_config_source: { path: `${directory}/${DENIED_FILE}`, watched_directory: { path: directory } },
      },
      type_urls: [`type.googleapis.com/envoy.extensions.${TYPES[kind]}`],
    },
  } as unknown as Extension & JsonObject;
}

/** Content of {@link DENIED_FILE}: a denied caller is refused, and everybody while a callee is denied, so that nothing is passed on to it. Pure. */
export function deniedFile({ callees, kind = "http" }: Peers, denied: readonly string[] = []): string {
  const shut = callees.some((one) => denied.includes(one));
  const principals = shut ? [{ any: true }] : denied.map(peer);
  const policies = principals.length > 0 ? { denied: { permissions: [{ any: true }], principals } } : {};
  const rules = { action: "DENY", policies };
  const filter = typed(TYPES[kind], kind === "tcp" ? { stat_prefix: FILTER, rules } : { rules });
  const resource = { "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig", name: FILTER };
  // The version is for whoever reads the file: Envoy compares contents.
  return JSON.stringify({ version_info: denied.join(" "), resources: [{ ...resource, typed_config: filter }] });
}

/** The identities that a {@link deniedFile} denies. */
export function deniedIn(content: string): string[] {
  return (JSON.parse(content) as { version_info: string }).version_info.split(" ").filter(Boolean);
}

function peer(identity: string) {
  return { authenticated: { principal_name: { exact: identity } } };
}
