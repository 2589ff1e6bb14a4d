/** Ways to OpenClaw: past everything in front of it, and through it. */
import { readFileSync } from "node:fs";
import type { Outputs } from "../../testbed/after-up";
import type { Browser } from "../../testbed/client/http";
import type { User } from "../../testbed/client/sign-in";
import type { Endpoint } from "./configuration";
import type { Target } from "./generator";
import { cookies } from "./person";

export const WAYS = ["direct", "full path"] as const;
export type Way = (typeof WAYS)[number];

/** Of a deployment. */
export interface Ends {
  openclaw: Endpoint;
  edge: Endpoint;
  userHeader: string;
}

/** What to dial and say for each: as the guard does, and as a browser does in which somebody has signed in. */
export function targets(
  { url, trustBundle }: Outputs,
  user: User,
  browser: Browser,
  { openclaw, edge, userHeader }: Ends,
): Record<Way, Target> {
  const { host, hostname, origin } = new URL(url);
  const common = { host, roots: readFileSync(trustBundle, "utf8") };
  return {
    direct: {
      ...common,
      dial: dialled(openclaw),
      serverName: "openclaw",
      headers: { ...believed(user, url, userHeader), "x-forwarded-for": edge.address },
    },
    "full path": {
      ...common,
      dial: dialled(edge),
      serverName: hostname,
      headers: { origin, cookie: cookies(browser) },
    },
  };
}

/** What the guard tells OpenClaw about a person. */
export function believed(user: User, url: string, userHeader: string): Record<string, string> {
  const { host, origin } = new URL(url);
  return {
    origin,
    "x-forwarded-proto": "https",
    "x-forwarded-host": host,
    "x-openclaw-scopes": "operator.read",
    [userHeader]: user.email,
  };
}

const dialled = ({ address, port }: Endpoint): string => `${address}:${port}`;
