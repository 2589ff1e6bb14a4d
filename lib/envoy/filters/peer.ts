import { extension } from "../types";

/** Lets only one workload's certificate pass. The handshake has checked it already; this puts the decision into the log. */
export function allowPeer(identity: string) {
  return extension("envoy.filters.http.rbac.peer", "filters.http.rbac.v3.RBAC", {
    rules: {
      action: "ALLOW",
      policies: {
        peer: {
          permissions: [{ any: true }],
          principals: [{ authenticated: { principal_name: { exact: identity } } }],
        },
      },
    },
  });
}
