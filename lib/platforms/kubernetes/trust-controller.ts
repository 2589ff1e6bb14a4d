import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { USERS } from "../../internal/users";
import { FILES, RUN } from "../platform";
import { DEFAULT_TRUST_CONTROLLER_IMAGE } from "./args";
import { WORKLOAD_LABEL } from "./labels";
import { TRUST_CONTROLLER } from "./perimeter";
import { runWorkload } from "./run";
import type { KubernetesSegments } from "./segments";

/** Watches the caller's pods and writes one Secret, and may do nothing else. */
export function trustController(
  name: string,
  workload: string,
  caller: string,
  secretName: string,
  segments: KubernetesSegments,
  parent: pulumi.Resource,
  secret: pulumi.Resource,
): void {
  const own = `${name}-${TRUST_CONTROLLER}`;
  const place = {
    controller: segments.namespaceOf(TRUST_CONTROLLER),
    caller: segments.namespaceOf(caller),
    callee: segments.namespaceOf(workload),
  };
  const allow = (suffix: string, namespace: string, rules: k8s.types.input.rbac.v1.PolicyRule[]) => {
    const metadata = { name: `${TRUST_CONTROLLER}-${suffix}`, namespace, labels: segments.labelsOf(TRUST_CONTROLLER) };
    const options = { parent, dependsOn: segments.placeIn(namespace) };
    new k8s.rbac.v1.Role(`${own}-${suffix}`, { metadata, rules }, options);
    new k8s.rbac.v1.RoleBinding(
      `${own}-${suffix}`,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name },
        subjects: [{ kind: "ServiceAccount", name: TRUST_CONTROLLER, namespace: place.controller }],
      },
      options,
    );
  };
  allow("watch", place.caller, [{ apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] }]);
  allow("write", place.callee, [
    { apiGroups: [""], resources: ["secrets"], resourceNames: [secretName], verbs: ["get", "patch"] },
  ]);
  allow("lead", place.controller, [
    {
      apiGroups: ["coordination.k8s.io"],
      resources: ["leases"],
      resourceNames: [TRUST_CONTROLLER],
      verbs: ["get", "update"],
    },
    // Creating cannot be limited to a name.
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
  ]);
  const socket = `${RUN}/trust.sock`;
  const config = {
    watches: [
      {
        namespace: place.caller,
        selector: `${WORKLOAD_LABEL}=${caller}`,
        secret: { namespace: place.callee, name: secretName },
      },
    ],
    lease: { namespace: place.controller, name: TRUST_CONTROLLER },
    socket,
  };
  runWorkload(
    own,
    segments,
    {
      workload: TRUST_CONTROLLER,
      containers: [
        {
          name: TRUST_CONTROLLER,
          image: segments.args.trustControllerImage ?? DEFAULT_TRUST_CONTROLLER_IMAGE,
          command: ["/trust-controller", "--config", `${FILES}/trust.json`],
          user: USERS.trustController,
          files: [{ name: "trust.json", content: JSON.stringify(config) }],
          memoryMiB: 64,
          processes: 64,
          health: { kind: "socket", socket, path: "/healthz", expect: '"ready":true' },
        },
      ],
    },
    parent,
    { token: true, after: [secret] },
  );
}
