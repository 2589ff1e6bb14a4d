import type { Platform, Segments } from "../platform";
import type { DockerArgs } from "./args";
import { dockerAuthority } from "./authority";
import { runWorkload } from "./run";
import { DockerSegments } from "./segments";

export type { DockerArgs } from "./args";

/** The platform on which a link is a network and a packet without a flow has no way. */
export function dockerPlatform(args: DockerArgs): Platform {
  return {
    segment: (name, perimeter, parent) => new DockerSegments(name, perimeter, args, parent),
    authority: (name, segments, spec, parent) => dockerAuthority(name, own(name, segments), spec, args, parent),
    run: (name, segments, spec, parent) =>
      runWorkload(name, own(name, segments), spec, args, parent).map(({ container }) => container),
  };
}

function own(name: string, segments: Segments): DockerSegments {
  if (!(segments instanceof DockerSegments)) throw new Error(`${name}: its network was made by another platform`);
  return segments;
}
