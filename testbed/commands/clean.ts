import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { removeCluster } from "../cluster/cluster";
import { cache, repository } from "../paths";
import { Problem } from "../progress";
import { findEngine, stopEngine } from "../steps/engine";
import type { Options } from "./context";

/** Removes the caches: built tools, image parts, images built here, and the engine's data if the engine is ours. */
export async function clean({ state, out }: Options): Promise<void> {
  if (existsSync(state.backend)) throw new Problem("The stack is still there. Run `make down` first.");
  const engine = await findEngine();
  if (engine !== undefined) {
    const images = await engine.docker.listImages({ filters: { label: ["zero-trust-openclaw.inputs"] } });
    for (const { Id } of images)
      await engine.docker
        .getImage(Id)
        .remove({ force: true })
        .catch(() => {});
    out.write(`removed ${images.length} images\n`);
  }
  if (await removeCluster()) out.write("removed the test cluster\n");
  const stopped = await stopEngine();
  if (stopped !== undefined && stopped !== "engine stopped") throw new Problem(stopped);
  if (stopped !== undefined) out.write(`${stopped}\n`);
  for (const folder of [cache, join(repository, "coverage"), join(repository, ".state")]) {
    rmSync(folder, { recursive: true, force: true });
    out.write(`removed ${folder}\n`);
  }
}
