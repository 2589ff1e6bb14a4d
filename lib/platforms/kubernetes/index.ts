import type { Platform, Segments } from "../platform";
import { type EntranceArgs, EntranceKind, type KubernetesArgs } from "./args";
import { kubernetesAuthority } from "./authority";
import { clientAddressOf } from "./entrance";
import { bundleOf } from "./issuer";
import { NOWHERE, withTrustController } from "./perimeter";
import { runWorkload } from "./run";
import { storedCredentials } from "./secrets";
import { KubernetesSegments } from "./segments";
import { validateKubernetes } from "./validate";

/** The platform on which a zone is a namespace that denies by default, and a flow a pair of policies. */
export function kubernetesPlatform(args: KubernetesArgs): Platform {
  return {
    entrance: entranceReach(args.entrance),
    complete: (perimeter) => withTrustController(perimeter, args.apiServer ?? NOWHERE),
    check: (name, perimeter) => validateKubernetes(args, name, perimeter),
    clientAddress: clientAddressOf(args.entrance),
    issuerRoots: bundleOf(args.certManager?.issuer),
    existingCredentials: storedCredentials(args),
    // cert-manager is the cluster's, and in no perimeter.
    issuerProblem: () => undefined,
    segment: (name, perimeter, parent) => new KubernetesSegments(name, perimeter, args, parent),
    authority: (name, segments, spec, parent) => kubernetesAuthority(name, own(name, segments), spec, parent),
    run: (name, segments, spec, parent) => runWorkload(name, own(name, segments), spec, parent),
  };
}

function entranceReach({ kind, from, except = [], proxy, terminatesTls }: EntranceArgs = {}): Platform["entrance"] {
  const reach = (kind ?? EntranceKind.LoadBalancer) as EntranceKind;
  if (!proxy) return { kind: reach, from: from ?? ["0.0.0.0/0"], except };
  const labels = Object.entries(proxy.labels).map(([key, value]) => `${key}=${value}`);
  const only = { kind: reach, from: [], except: [], proxy: `${proxy.namespace}/${labels.sort().join(",")}` };
  return terminatesTls ? { ...only, tlsEndsInFront: true } : only;
}

function own(name: string, segments: Segments): KubernetesSegments {
  if (!(segments instanceof KubernetesSegments)) throw new Error(`${name}: its network was made by another platform`);
  return segments;
}
