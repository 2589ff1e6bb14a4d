/** `RemoteImage`: an image the engine has, or can pull. Building is left to whoever builds images. */

import type { RemoteImageArgs } from "@pulumi/docker";
import type { Unwrap } from "@pulumi/pulumi";
import type Docker from "dockerode";
import type { Call, Resource } from "../resource";
import { flag, map, set, text } from "../schema";
import { engine, engineMessage, orMissing } from "./engine";

type Inputs = Unwrap<RemoteImageArgs>;

interface State extends Inputs {
  readonly imageId: string;
  readonly repoDigest: string;
}

export const remoteImage: Resource<Inputs, State> = {
  spec: {
    inputs: {
      forceRemove: flag(),
      keepLocally: flag(),
      name: text({ required: true, replaces: true }),
      platform: text({ replaces: true }),
      pullTriggers: set({ replaces: true }),
      triggers: map({ replaces: true }),
    },
    outputs: { imageId: text(), repoDigest: text() },
  },
  async create(inputs, call) {
    const image = await findImage(inputs.name, call, inputs.platform);
    return { id: image.Id + inputs.name, state: { ...inputs, ...describe(inputs.name, image) } };
  },
  async read(_id, state) {
    const image = await orMissing(engine().getImage(state.name).inspect());
    return image && { ...state, ...describe(state.name, image) };
  },
  async delete(_id, { name, keepLocally, forceRemove }) {
    if (keepLocally) return;
    await orMissing(
      engine()
        .getImage(name)
        .remove({ force: forceRemove ?? false }),
    );
  },
};

/**
 * Looks on the engine first, under any name the engine understands, which includes `sha256:<id>`. Pulls only what is not there.
 *
 * @throws when it can be neither found nor pulled
 */
export async function findImage(name: string, call: Call, platform?: string): Promise<Docker.ImageInspectInfo> {
  const local = await orMissing(engine().getImage(name).inspect());
  if (local) return local;
  await pull(name, call, platform);
  const pulled = await orMissing(engine().getImage(name).inspect());
  if (!pulled) throw new Error(`unable to find or pull image ${name}`);
  return pulled;
}

async function pull(name: string, { signal }: Call, platform: string | undefined): Promise<void> {
  try {
    const progress = await engine().pull(name, { ...(platform && { platform }), abortSignal: signal });
    await new Promise<void>((resolve, reject) => {
      engine().modem.followProgress(progress, (error) => (error ? reject(error) : resolve()));
    });
  } catch (error) {
    throw new Error(`unable to pull image ${name}: ${engineMessage(error)}`);
  }
}

function describe(name: string, image: Docker.ImageInspectInfo): { imageId: string; repoDigest: string } {
  const repository = name.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  const digests = image.RepoDigests ?? [];
  return {
    imageId: image.Id,
    repoDigest: digests.find((digest) => digest.startsWith(`${repository}@`)) ?? digests[0] ?? "",
  };
}
