import type { ZeroTrustOpenClaw } from "../lib";
import type { StackImages } from "./config";
import { demoRole } from "./demo";

/** What every stack says of its deployment. */
export function outputsOf(claw: ZeroTrustOpenClaw, images: StackImages) {
  return {
    url: claw.url,
    trustBundle: claw.trustBundle,
    users: claw.demoUsers.apply((users) =>
      users.map(({ email, password, totp }) => ({ email, password, totp, role: demoRole(email) })),
    ),
    perimeter: claw.perimeter,
    diagram: claw.diagram,
    agentPosture: claw.agentPosture,
    snapshot: claw.snapshot,
    images,
  };
}
