import type { Perimeter } from "../../perimeter";
import { issuerProblem, withCertificateAuthority } from "../../pki/perimeter";
import { ClientAddress, type Platform, type Segments } from "../platform";
import type { DockerArgs } from "./args";
import { dockerAuthority } from "./authority";
import { runWorkload } from "./run";
import { DockerSegments } from "./segments";

/** The platform on which a link is a network and a packet without a flow has no way. */
export function dockerPlatform(args: DockerArgs): Platform {
  return {
    // A port is published on this machine's loopback, whatever the rest.
    entrance: { kind: "loopback", from: ["127.0.0.0/8"], except: [] },
    complete: withCertificateAuthority,
    check: (_, perimeter) => refuseForeign(perimeter),
    clientAddress: ClientAddress.Connection,
    // An engine keeps no secrets.
    existingCredentials: [],
    issuerProblem,
    segment: (name, perimeter, parent) => new DockerSegments(name, perimeter, args, parent),
    authority: (name, segments, spec, parent) => dockerAuthority(name, own(name, segments), spec, args, parent),
    run: (name, segments, spec, parent) =>
      runWorkload(name, own(name, segments), spec, args, parent).map(({ container }) => container),
  };
}

/** An engine's networks join containers only. */
function refuseForeign({ workloads }: Perimeter): void {
  const foreign = workloads.find(({ addresses }) => addresses);
  if (foreign)
    throw new Error(
      `"${foreign.name}" is at ${foreign.addresses?.join(", ")}, outside the engine, where no network of Docker leads to it alone; remove it`,
    );
}

function own(name: string, segments: Segments): DockerSegments {
  if (!(segments instanceof DockerSegments)) throw new Error(`${name}: its network was made by another platform`);
  return segments;
}
