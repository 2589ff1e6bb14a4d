import * as k8s from "@pulumi/kubernetes";
import { kubernetes, ZeroTrustOpenClaw, type ZeroTrustOpenClawArgs } from "../lib";
import type { ClusterConfig } from "./cluster-config";
import { outputsOf } from "./outputs";

/** OpenClaw on a Kubernetes cluster, and nothing that stands in for anything unless `demo` says so. */
export function cluster(
  config: ClusterConfig,
  { demo, roles }: Pick<ZeroTrustOpenClawArgs, "demo" | "roles">,
): Record<string, unknown> {
  const { openai, identityProvider, certificates, images } = config;
  const provider = new k8s.Provider("cluster", { kubeconfig: config.kubeconfig, context: config.context });
  const claw = new ZeroTrustOpenClaw(
    "assistant",
    {
      platform: kubernetes(config.kubernetes),
      publicUrl: config.publicUrl,
      identityProvider,
      demo,
      roles: { ...roles, ...config.roles },
      models: openai ? [{ provider: "openai", ...openai }] : [],
      agent: config.agent,
      contact: config.contact,
      rateLimits: config.rateLimits,
      trustDomain: config.trustDomain,
      leafLifetime: certificates.leafLifetime,
      certificateAuthority: { roots: certificates.roots },
      images: {
        envoy: images.envoy,
        openclaw: images.openclaw,
        demoIdentityProvider: images.demoIdentityProvider,
        demoModel: images.demoModel,
        policyAdministrator: images.policyAdministrator,
      },
    },
    { providers: [provider] },
  );
  return outputsOf(claw, images);
}
