import type { Review, Snapshot } from "./types";

/**
 * What changes from one deployment to another.
 * @param base What is deployed; undefined for a first deployment, which is summed up instead.
 * @throws Error if the two are of different projects
 */
export function diffSnapshots(base: Snapshot | undefined, head: Snapshot): Review {
  throw new Error(`${base?.stack} ${head.stack}: not there yet`);
}
