import { DENIED_FILE, deniedFile, deniedIn, type Peers } from "../../lib/envoy";
import { PEERS_LABEL } from "../../lib/internal/envoy-container";
import { FILES } from "../../lib/platforms";
import { containersWith, type Found } from "../containers";
import { run } from "../process";
import { Problem, Progress } from "../progress";
import { ensureEngine } from "../steps/engine";
import { type Options, pulumiSteps } from "./context";

/** What hands files over to a workload, and nothing else. */
const INSTALLER = ["CHOWN", "DAC_OVERRIDE", "FOWNER"].flatMap((capability) => ["--cap-add", capability]);

/**
 * Takes a workload's identity away at every Envoy that verifies it, or gives it back: requests are refused at once, in connections that
 * are open too, and what else is open there is ended. Returns the exit code.
 */
export async function deny(options: Options, action: "revoke" | "restore", workload: string): Promise<number> {
  const { state, out } = options;
  state.make();
  const progress = new Progress(3, state.logs, out, true);
  const stack = await pulumiSteps(progress, options);
  const { instance = stack.name } = await stack.configuration();
  await progress.step("Docker engine", ensureEngine);
  const envoys = await containersWith(instance, PEERS_LABEL);
  if (envoys.length === 0) throw new Problem("The stack is not up; there is nobody to deny. Run: make up");
  const [{ image: tools }] = (await containersWith(instance, "container", "network")) as [Found];
  const identity = identityOf(workload, envoys.map(peersOf));
  const verifying = envoys.filter((envoy) => everybody(peersOf(envoy)).includes(identity));
  await Promise.all(verifying.map((envoy) => change(envoy, tools, action, identity)));
  const names = verifying.map(({ labels }) => labels.container).sort();
  progress.line(
    action === "revoke"
      ? `${identity} is denied by ${names.join(", ")}; give it back with: make restore WORKLOAD=${workload}`
      : `${identity} is let through again by ${names.join(", ")}`,
  );
  return 0;
}

function identityOf(workload: string, all: Peers[]): string {
  const identities = [...new Set(all.flatMap(everybody))];
  const found = identities.find((identity) => identity.endsWith(`/${workload}`));
  if (found) return found;
  const known = identities.map((identity) => identity.split("/").at(-1)).sort();
  throw new Problem(`"${workload}" is no workload whose certificate is verified; use one of ${known.join(", ")}.`);
}

const peersOf = ({ labels }: Found): Peers => JSON.parse(labels[PEERS_LABEL] ?? "{}") as Peers;
const everybody = ({ callers = [], callees }: Peers): string[] => [...callers, ...callees];

async function change(envoy: Found, tools: string, action: "revoke" | "restore", identity: string): Promise<void> {
  const others = deniedIn(await read(envoy)).filter((one) => one !== identity);
  const denied = action === "revoke" ? [...others, identity] : others;
  await write(envoy, tools, deniedFile(peersOf(envoy), denied));
  // A stream that was let through before is ended by no file.
  if (action === "revoke") await run("docker", ["restart", "--time", "2", envoy.id]);
}

async function read({ id }: Found): Promise<string> {
  return (await run("sh", ["-c", `docker cp ${id}:${FILES}/..data/${DENIED_FILE} - | tar -xO`])).stdout;
}

/** As the file was installed: by a container without a network, which is gone afterwards. */
async function write({ volumes }: Found, tools: string, content: string): Promise<void> {
  const place = ["--network", "none", "--read-only", "--user", "0:0", "--volume", `${volumes[FILES]}:/target`];
  const rights = ["--cap-drop", "ALL", ...INSTALLER, "--security-opt", "no-new-privileges"];
  const order = ["put", "--to", "/target", "--name", DENIED_FILE];
  await run("docker", ["run", "--rm", "--interactive", ...place, ...rights, tools, ...order], { input: content });
}
