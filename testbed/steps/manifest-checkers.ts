/** Programs that judge Kubernetes manifests without a cluster: the machine's own, else compiled from their Go modules. */
import { join } from "node:path";
import { which } from "../apt";
import { choose, explain, Unavailable } from "../choose";
import { Problem, type Step } from "../progress";
import { buildGoPrograms } from "./go-programs";

const wanted = {
  name: "manifest-checkers",
  folder: "manifests",
  title: "netpol-analyzer and kube-score",
  programs: ["github.com/np-guard/netpol-analyzer/cmd/netpolicy", "github.com/zegl/kube-score/cmd/kube-score"],
  space: 2,
};

export interface ManifestCheckers {
  /** Says who may talk to whom. */
  readonly netpolicy: string;
  /** Says what is unsafe. */
  readonly kubeScore: string;
}

export async function ensureManifestCheckers(step: Step): Promise<{ value: ManifestCheckers; chose: string }> {
  const choice = await choose<ManifestCheckers>(wanted.title, [
    { name: "the machine's own", attempt: installed },
    { name: "built from their Go modules", attempt: () => build(step) },
  ]).catch((error) => {
    throw error.cause instanceof Problem ? error.cause : new Problem(error.message);
  });
  return { value: choice.value, chose: explain(choice) };
}

async function installed(): Promise<ManifestCheckers> {
  const [netpolicy, kubeScore] = [which("netpolicy"), which("kube-score")];
  if (netpolicy === undefined || kubeScore === undefined) throw new Unavailable("not both on PATH");
  return { netpolicy, kubeScore };
}

async function build(step: Step): Promise<ManifestCheckers> {
  const folder = await buildGoPrograms(wanted, step);
  return { netpolicy: join(folder, "netpolicy"), kubeScore: join(folder, "kube-score") };
}
