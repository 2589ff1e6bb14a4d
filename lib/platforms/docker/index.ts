import type { Platform } from "../platform";
import type { DockerArgs } from "./args";
import { runWorkload } from "./run";
import { DockerSegments } from "./segments";

export type { DockerArgs } from "./args";

/** The platform on which a link is a network and a packet without a flow has no way. */
export function dockerPlatform(args: DockerArgs): Platform {
  return {
    segment: (name, perimeter, parent) => new DockerSegments(name, perimeter, args, parent),
    run: (name, segments, spec, parent) => {
      if (!(segments instanceof DockerSegments)) throw new Error(`${name}: its network was made by another platform`);
      return runWorkload(name, segments, spec, args, parent);
    },
  };
}
