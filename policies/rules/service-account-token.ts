import { kindOf, nameOf, namespaceOf } from "../readers/kinds";
import { type Pod, podOf } from "../readers/pods";
import { same } from "../readers/selectors";
import { at, list } from "../readers/values";
import type { Resource, StackRule } from "../rule";

export const serviceAccountToken: StackRule = {
  id: "service-account-token",
  level: "mandatory",
  severity: "medium",
  description: "A pod has a token for the API server only if it asks the API server for something.",
  why: "Otherwise a break into any program is one into what runs the cluster.",
  controls: { sp800207: [3, 4], sp80053: ["AC-6", "IA-5"], iso27001: ["A.5.17", "A.8.3"] },
  checkStack: (resources) =>
    resources.flatMap((resource) => {
      const pod = podOf(resource);
      if (!pod) return [];
      const findings = [
        ...(mounts(pod, resource, resources)
          ? ["its pods are given a token for the API server; set automountServiceAccountToken: false"]
          : []),
        ...(projects(pod)
          ? ["a volume has a token for the API server; give the token an audience of its own, or remove it"]
          : []),
      ];
      return findings.map((message) => ({ resource, message }));
    }),
};

/** What a pod does not say, its service account says. */
function mounts({ spec }: Pod, resource: Resource, resources: Resource[]): boolean {
  if (spec.automountServiceAccountToken !== undefined) return spec.automountServiceAccountToken === true;
  const account = spec.serviceAccountName ?? "default";
  return !resources.some(
    (one) =>
      kindOf(one) === "ServiceAccount" &&
      same(nameOf(one), account) &&
      same(namespaceOf(one), namespaceOf(resource)) &&
      one.props.automountServiceAccountToken === false,
  );
}

function projects({ spec }: Pod): boolean {
  return list(spec.volumes)
    .flatMap((volume) => list(at(volume, "projected", "sources")))
    .map((source) => at(source, "serviceAccountToken"))
    .some((token) => token !== undefined && at(token, "audience") === undefined);
}
