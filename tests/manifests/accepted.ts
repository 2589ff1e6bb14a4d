/** What kube-score finds and we leave as it is, because of the reason; one that is found no more has to go from here. */
export interface Accepted {
  check: string;
  kinds: string[];
  /**
   * Names of the objects.
   * @default - all of these kinds
   */
  names?: string[];
  reason: string;
}

export const ACCEPTED: Accepted[] = [
  {
    check: "container-resources",
    kinds: ["Deployment", "StatefulSet"],
    reason:
      "CPU has requests and no limits: a limit only slows down what nobody else wants. Memory and disk have both.",
  },
  {
    check: "container-image-pull-policy",
    kinds: ["Deployment", "StatefulSet"],
    reason:
      "Images are meant to be named by digest, so that one that is there is the right one, and a registry that is away stops nobody.",
  },
  {
    check: "deployment-replicas",
    kinds: ["Deployment"],
    names: ["demo-model", "identity-provider", "edge", "guard", "egress"],
    reason: "One of each is the default; production has several of all that people's work depends on.",
  },
  {
    check: "networkpolicy-targets-pod",
    kinds: ["NetworkPolicy"],
    names: ["default-deny"],
    reason: "A zone that has no workload yet denies too, so that nothing that comes to be there is reached.",
  },
  {
    check: "pod-probes-identical",
    kinds: ["Deployment"],
    reason:
      "Where a program answers one question only, both ask it; the restart comes after 60 s of bad answers, and no more work after 6 s.",
  },
  {
    check: "statefulset-has-servicename",
    kinds: ["StatefulSet"],
    reason: "Pods are not called by names of their own: nobody looks names up, and callers have the service's address.",
  },
  {
    check: "deployment-has-host-podantiaffinity",
    kinds: ["Deployment"],
    names: ["edge", "guard", "egress", "trust-controller"],
    reason:
      "Replicas are spread over nodes by a topology spread constraint, which also lets them run where there is only one.",
  },
];
