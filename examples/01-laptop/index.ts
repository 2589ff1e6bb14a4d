/**
 * OpenClaw on a laptop, to try: two people who can sign in, and a canned model, both made up. Nothing outside is called, and all of it is
 * refused for any host but localhost.
 *
 * Needs Docker, and the images of `images/`, which `make engine` builds.
 *
 *     pulumi stack init laptop && pulumi up
 *     pulumi stack output --show-secrets people    # who can sign in, and how
 *
 * `make up` in the repository's root does the same with no Docker and no Pulumi to begin with.
 */
import { docker, ZeroTrustOpenClaw } from "../../lib";

const claw = new ZeroTrustOpenClaw("assistant", {
  platform: docker(),
  publicUrl: "https://localhost:8443",
  roles: {
    admin: { groups: ["admins"], requireMfa: true, adminEmails: ["alice@example.com"] },
    operator: { groups: ["operators"] },
  },
  demo: {
    users: [
      { email: "alice@example.com", name: "Alice", groups: ["admins"], secondFactor: true },
      { email: "bob@example.com", name: "Bob", groups: ["operators"] },
    ],
  },
  // Conversations outlive `pulumi destroy` if the volume is kept, and are used again.
  stateVolume: "assistant-state",
});

export const url = claw.url;
export const people = claw.demoUsers;
/** The browser knows this CA as little as anybody: import it, or accept the warning. */
export const trustBundle = claw.trustBundle;
