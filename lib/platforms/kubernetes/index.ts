import type { Platform, Segments } from "../platform";
import type { KubernetesArgs } from "./args";
import { kubernetesAuthority } from "./authority";
import { NOWHERE, withTrustController } from "./perimeter";
import { runWorkload } from "./run";
import { KubernetesSegments } from "./segments";
import { validateKubernetes } from "./validate";

export * from "./args";
export { type DeployerArgs, type DeployerSubject, deployerAccess, type KubernetesObject } from "./deployer";

/** The platform on which a zone is a namespace that denies by default, and a flow a pair of policies. */
export function kubernetesPlatform(args: KubernetesArgs): Platform {
  return {
    complete: (perimeter) => withTrustController(perimeter, args.apiServer ?? NOWHERE),
    check: (name, perimeter) => validateKubernetes(args, name, perimeter),
    // cert-manager is the cluster's, and in no perimeter.
    issuerProblem: () => undefined,
    segment: (name, perimeter, parent) => new KubernetesSegments(name, perimeter, args, parent),
    authority: (name, segments, spec, parent) => kubernetesAuthority(name, own(name, segments), spec, parent),
    run: (name, segments, spec, parent) => runWorkload(name, own(name, segments), spec, parent),
  };
}

function own(name: string, segments: Segments): KubernetesSegments {
  if (!(segments instanceof KubernetesSegments)) throw new Error(`${name}: its network was made by another platform`);
  return segments;
}
