import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { type ContainerSpec, isMade, type MadeFile } from "../platform";
import type { DockerArgs } from "./args";
import { checksum } from "./checksum";
import { HARDENED, LOGGING } from "./hardening";
import { labels } from "./labels";

const STAGE = "/stage";
const TARGET = "/target";
const STATE = "/state";

/** A container's files in a volume that only it mounts. */
export interface InstalledFiles {
  volume: docker.Volume;
  /** What the container must wait for. */
  installer: docker.Container;
  /** Changes when a file does that the program does not reload by itself. */
  checksum: pulumi.Output<string>;
}

/**
 * Installs files with owner and mode 0400 by a container that runs once and has no network. The engine cannot upload into a container
 * whose root is read-only, and a bind mount would leave secrets on the machine's disk in the owner's name.
 */
export function installFiles(
  name: string,
  container: ContainerSpec,
  stateVolume: docker.Volume | undefined,
  tools: pulumi.Input<string>,
  args: DockerArgs,
  parent: pulumi.Resource,
): InstalledFiles {
  const files = container.files.filter(isMade);
  const volume = new docker.Volume(
    `${name}-files`,
    { labels: labels(args, { container: container.name }) },
    { parent },
  );
  const installer = new docker.Container(
    `${name}-install`,
    {
      image: tools,
      entrypoints: ["/zt-tools"],
      command: ["install", "--manifest", `${STAGE}/manifest.json`, "--to", TARGET],
      user: "0:0",
      ...HARDENED,
      // It writes its uploads to its own root before it starts, and hands the files over to another user.
      readOnly: false,
      capabilities: { drops: ["ALL"], adds: ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER"] },
      networkMode: "none",
      mustRun: false,
      attach: true,
      logs: true,
      memory: 64,
      memorySwap: 64,
      ...LOGGING,
      volumes: [
        { volumeName: volume.name, containerPath: TARGET },
        ...(stateVolume ? [{ volumeName: stateVolume.name, containerPath: STATE }] : []),
      ],
      uploads: [
        { file: `${STAGE}/manifest.json`, content: manifest(container, files) },
        ...files.map((file, i) => ({ file: `${STAGE}/${i}`, content: pulumi.secret(file.content) })),
      ],
      labels: labels(args, { container: container.name, role: "installer" }),
    },
    { parent },
  );
  return { volume, installer, checksum: coldFiles(files) };
}

function manifest(container: ContainerSpec, files: MadeFile[]): string {
  const owner = { uid: container.user, gid: container.user };
  return JSON.stringify({
    ...owner,
    files: files.map(({ name, keep }, i) => ({ name, from: `${STAGE}/${i}`, ...(keep ? { keep } : {}) })),
    directories: container.state ? [STATE] : [],
  });
}

function coldFiles(files: MadeFile[]): pulumi.Output<string> {
  const cold = files.filter((file) => !file.hot);
  return checksum(cold.flatMap(({ name, content }) => [name, content]));
}
