import type * as k8s from "@pulumi/kubernetes";

const HARDENED: k8s.types.input.core.v1.SecurityContext = {
  allowPrivilegeEscalation: false,
  privileged: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

export function hardened(user: number): k8s.types.input.core.v1.SecurityContext {
  return { ...HARDENED, runAsUser: user, runAsGroup: user };
}

/** What a helper beside a program needs. */
export const SMALL = {
  requests: { cpu: "5m", memory: "16Mi", "ephemeral-storage": "1Mi" },
  limits: { memory: "64Mi", "ephemeral-storage": "16Mi" },
};
