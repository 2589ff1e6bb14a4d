/** The programs of the cluster, compiled from their Go modules once per version, and the images made of them. */
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { which } from "../apt";
import { cached, demandSpace, type Site } from "../cache";
import { fingerprint } from "../images/recipes";
import { repository } from "../paths";
import { run } from "../process";
import { message, Problem, type Step } from "../progress";
import { ownImages } from "./layout";
import { type StaticImage, writeImage } from "./oci";

const sources = join(__dirname, "go");
const tools = join(repository, "images", "workload-tools");
/** Counts up when something about the making changes that the sources do not show. */
const revision = "1";
/** GiB for the programs and for what Go keeps of the compiling. */
const spaceNeeded = 6;

/** The parts of Kubernetes that one binary is, by the names it is called by. */
const parts = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kube-proxy",
  "kube-network-policies",
  "kubectl",
] as const;

/** The version in go.mod of a required module. */
export function versionOf(module: string, file: string = join(sources, "node", "go.mod")): string {
  const found = new RegExp(`^\\s*(?:require )?${module.replace(/[.]/g, "\\.")} (v\\S+)`, "m").exec(
    readFileSync(file, "utf8"),
  );
  if (found?.[1] === undefined) throw new Error(`${file} does not require ${module}`);
  return found[1];
}

const kubernetesVersion = versionOf("k8s.io/kubernetes");
const certManager = "github.com/cert-manager/cert-manager";

export interface Binaries {
  /** With a link for each part of Kubernetes, `etcd` and `volumes`. */
  readonly folder: string;
  readonly kubectl: string;
  /** Definitions of cert-manager's resources. */
  readonly definitions: string;
  /** The archives of images that are made here, by the images' names. */
  readonly images: Readonly<Record<string, string>>;
  /** Whether anything had to be compiled. */
  readonly built: boolean;
}

export async function ensureBinaries(step: Step): Promise<Binaries> {
  const site: Site = { say: (text) => step.say(text) };
  const version = `${kubernetesVersion}-${fingerprint(sources).slice(0, 12)}-${process.arch}`;
  const programs = await cached("kubernetes", version, (folder) => compile(folder, step), site);
  const { folder } = programs;
  const imagesVersion = `${version}-${fingerprint(tools, notShipped).slice(0, 12)}-${revision}`;
  const images = await cached("kubernetes-images", imagesVersion, (result) => makeImages(folder, result, step), site);
  return {
    folder,
    kubectl: join(folder, "kubectl"),
    definitions: join(folder, "definitions"),
    images: Object.fromEntries(
      Object.entries(ownImages).map(([key, name]) => [name, join(images.folder, `${key}.tar`)]),
    ),
    built: programs.built || images.built,
  };
}

const notShipped = (name: string): boolean => /(_test\.go|\.md|\.log|^zt-tools|^zt-renewer)$/.test(name);

async function compile(folder: string, step: Step): Promise<void> {
  demandSpace(spaceNeeded, "Compiling Kubernetes");
  const stamp = "k8s.io/component-base/version";
  const [major = "", minor = ""] = kubernetesVersion.slice(1).split(".");
  const values = {
    [`${stamp}.gitVersion`]: kubernetesVersion,
    [`${stamp}.gitMajor`]: major,
    [`${stamp}.gitMinor`]: minor,
    // Else the version is that of a modified tree, and clients warn.
    [`${stamp}.gitTreeState`]: "clean",
    "k8s.io/client-go/pkg/version.gitVersion": kubernetesVersion,
  };
  const node = join(sources, "node");
  await goBuild({ from: node, packages: ["./kube"], to: folder, values }, "Kubernetes", step);
  const beside = ["./cert-manager", "./coredns", "./volumes", "./listen"];
  await goBuild({ from: node, packages: beside, to: folder }, "what runs in the cluster", step);
  const etcd = { from: join(sources, "etcd"), packages: ["go.etcd.io/etcd/server/v3"], to: join(folder, "etcd") };
  await goBuild(etcd, "etcd", step);
  for (const part of parts) symlinkSync("kube", join(folder, part));
  await copyDefinitions(join(folder, "definitions"), step);
}

async function copyDefinitions(to: string, { log }: Step): Promise<void> {
  const site = { cwd: join(sources, "node"), log, env: goEnvironment };
  const { stdout } = await run("go", ["mod", "download", "-json", `${certManager}@${versionOf(certManager)}`], site);
  const { Dir } = JSON.parse(stdout) as { Dir: string };
  // Files of the module cache are read-only, and would be so here.
  mkdirSync(to);
  const from = join(Dir, "deploy", "crds");
  for (const file of readdirSync(from).filter((name) => /\.ya?ml$/.test(name)))
    writeFileSync(join(to, file), readFileSync(join(from, file)));
}

const goEnvironment = { CGO_ENABLED: "0", GOOS: "linux", GOFLAGS: undefined, GOWORK: "off" };

interface Order {
  readonly from: string;
  readonly packages: readonly string[];
  /** A folder for several programs, a file for one. */
  readonly to: string;
  /** Of string variables, set while linking. */
  readonly values?: Readonly<Record<string, string>>;
}

async function goBuild({ from, packages, to, values = {} }: Order, what: string, step: Step): Promise<void> {
  const wanted = /^go (\d+\.\d+)/m.exec(readFileSync(join(from, "go.mod"), "utf8"))?.[1] ?? "";
  if (which("go") === undefined)
    throw new Problem(
      `The test cluster is compiled here, and Go was not found: install Go ${wanted} or newer from your package manager or go.dev, or name a cluster of your own with ZERO_TRUST_OPENCLAW_KUBECONFIG.`,
    );
  const flags = Object.entries(values).map(([name, value]) => `-X ${name}=${value}`);
  const args = [
    ...["build", "-v", "-mod=readonly", "-trimpath", "-buildvcs=false"],
    ...["-ldflags", ["-s -w", ...flags].join(" "), "-o", to, ...packages],
  ];
  const site = { cwd: from, log: step.log, env: goEnvironment, timeout: 3_600_000 };
  try {
    step.say(`downloading the Go modules of ${what}`);
    const { stdout } = await run("go", ["list", "-mod=readonly", "-deps", ...packages], site);
    const total = stdout.trim().split("\n").length;
    let done = 0;
    // With -v, go names each package when its turn comes; those compiled by an earlier build are not named.
    const onLine = (): void => {
      done += 1;
      step.say(`compiling ${what}, ${done} of at most ${total} packages`);
    };
    await run("nice", ["go", ...args], { ...site, onLine });
  } catch (error) {
    if (/requires go >= /.test(message(error))) throw new Problem(`Go is too old: ${wanted} or newer is needed.`);
    throw error;
  }
}

/** One archive per image. The probe is the one that workloads have, compiled from the same sources. */
async function makeImages(programs: string, folder: string, step: Step): Promise<void> {
  const scratch = join(folder, "..", "programs");
  mkdirSync(scratch);
  const source = join(scratch, "source");
  cpSync(tools, source, { recursive: true });
  const ztTools = join(scratch, "zt-tools");
  await goBuild({ from: source, packages: ["."], to: ztTools }, "the probe", step);
  const program = (name: string): Buffer => readFileSync(join(programs, name));
  const probe = readFileSync(ztTools);
  const images: Record<keyof typeof ownImages, Omit<StaticImage, "name">> = {
    pause: { files: { "zt-tools": probe }, entrypoint: ["/zt-tools", "pause"] },
    tools: { files: { "zt-tools": probe, listen: program("listen") }, entrypoint: ["/zt-tools", "pause"] },
    dns: { files: { coredns: program("coredns") }, entrypoint: ["/coredns"] },
    certManager: { files: { "cert-manager": program("cert-manager") }, entrypoint: ["/cert-manager"] },
  };
  for (const [key, name] of Object.entries(ownImages))
    await writeImage({ name, ...images[key as keyof typeof ownImages] }, join(folder, `${key}.tar`));
}
