/** Programs that judge Kubernetes manifests without a cluster: the machine's own, else compiled from their Go modules. */
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { which } from "../apt";
import { cached, demandSpace } from "../cache";
import { choose, explain, Unavailable } from "../choose";
import { fingerprint } from "../images/recipes";
import { repository } from "../paths";
import { run } from "../process";
import { message, Problem, type Step } from "../progress";

const module = join(repository, "testbed", "manifests");
const programs = [
  "github.com/np-guard/netpol-analyzer/cmd/netpolicy",
  "github.com/zegl/kube-score/cmd/kube-score",
] as const;

export interface ManifestCheckers {
  /** Says who may talk to whom. */
  readonly netpolicy: string;
  /** Says what is unsafe. */
  readonly kubeScore: string;
}

export async function ensureManifestCheckers(step: Step): Promise<{ value: ManifestCheckers; chose: string }> {
  const choice = await choose<ManifestCheckers>("netpol-analyzer and kube-score", [
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
  const wanted = /^go (\d+\.\d+)/m.exec(readFileSync(join(module, "go.mod"), "utf8"))?.[1] ?? "";
  const version = `${fingerprint(module).slice(0, 12)}-${process.platform}-${process.arch}`;
  const { folder } = await cached(
    "manifest-checkers",
    version,
    async (result) => {
      if (which("go") === undefined) throw new Unavailable(`Go was not found; install Go ${wanted} or newer`);
      demandSpace(2, "Building netpol-analyzer and kube-score");
      const source = join(result, "..", "source");
      cpSync(module, source, { recursive: true });
      const flags = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w"];
      const env = { CGO_ENABLED: "0", GOFLAGS: undefined, GOWORK: "off" };
      step.say("compiling netpol-analyzer and kube-score");
      try {
        await run("nice", ["go", "build", ...flags, "-o", result, ...programs], {
          cwd: source,
          log: step.log,
          env,
          timeout: 1_800_000,
        });
      } catch (error) {
        if (/requires go >= /.test(message(error)))
          throw new Unavailable(`Go is too old, ${wanted} or newer is needed`);
        throw error;
      }
    },
    step,
  );
  return { netpolicy: join(folder, "netpolicy"), kubeScore: join(folder, "kube-score") };
}
