/** Containers that exist while the benchmark runs. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { pack } from "tar-stream";
import { docker } from "../../verify/docker";
import { LABEL, type Place, type Workload } from "./place";
import { DIRECTORY } from "./references";

const run = promisify(execFile);
const OURS = `${LABEL}.bench`;
const HARDENED = ["--cap-drop", "ALL", "--security-opt", "no-new-privileges"];

export interface ContainerArgs {
  name: string;
  image: string;
  /** @default what the image runs by itself */
  command?: string[];
  /** Whose files it sees and as whose user it runs. */
  as?: Workload;
  /** Networks, or the container whose place in the networks it shares. */
  networks: string[] | { of: string };
  /** Files of its own by name. */
  files?: Record<string, string>;
}

/** Makes a container and leaves it to the caller to start it. Its label is the deployment's, so that `make down` finds it too. */
export async function createContainer(place: Place, args: ContainerArgs): Promise<string> {
  const { name, image, command, as, networks, files = {} } = args;
  const [program, ...options] = command ?? [];
  const [first, ...others] = "of" in networks ? [`container:${networks.of}`] : networks;
  const labels = [`${LABEL}.stack=${place.instance}`, `${OURS}=${name}`];
  const id = await docker(
    "create",
    "--interactive",
    ...labels.flatMap((label) => ["--label", label]),
    ...["--network", `${first}`, ...HARDENED],
    ...(as ? ["--volumes-from", `${as.id}:ro`, "--user", as.user] : []),
    ...(program ? ["--entrypoint", program] : []),
    image,
    ...options,
  );
  for (const network of others) await docker("network", "connect", network, id);
  if (Object.keys(files).length > 0) await putFiles(id, as?.user ?? "0:0", files);
  return id;
}

/** Removes what this run or a killed one made. */
export async function removeContainers(instance: string): Promise<void> {
  const filters = ["--filter", `label=${LABEL}.stack=${instance}`, "--filter", `label=${OURS}`];
  const ids = (await docker("ps", "-aq", ...filters)).split("\n").filter(Boolean);
  if (ids.length > 0) await docker("rm", "--force", "--volumes", ...ids);
}

/** Into the container itself: secrets are neither in its environment nor in its command, and go with it. */
async function putFiles(id: string, user: string, files: Record<string, string>): Promise<void> {
  const [uid, gid] = user.split(":").map(Number);
  const tar = pack();
  const folder = DIRECTORY.slice(1);
  tar.entry({ name: folder, type: "directory", mode: 0o700, uid, gid });
  for (const [name, content] of Object.entries(files))
    tar.entry({ name: `${folder}/${name}`, mode: 0o400, uid, gid }, content);
  tar.finalize();
  const copying = run("docker", ["cp", "-", `${id}:/`]);
  tar.pipe(copying.child.stdin as NodeJS.WritableStream);
  await copying;
}
