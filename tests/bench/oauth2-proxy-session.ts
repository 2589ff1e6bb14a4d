import { openBrowser } from "../../testbed/client/http";
import type { User } from "../../testbed/client/sign-in";
import { walkToCallback } from "../conformance/login";
import type { Generator, Measured, Target } from "./generator";

/** Signs in at an oauth2-proxy that only a generator reaches, through the identity provider that browsers reach. Returns the session's cookies. */
export async function signInAtOAuth2Proxy(
  generator: Generator,
  target: Target,
  { url, roots }: { url: string; roots: string },
  user: User,
): Promise<string> {
  const start = await generator.carryOut({ ...target, headers: {}, path: "/oauth2/start?rd=/healthz", once: true });
  const location = start.header?.Location?.[0];
  if (start.status !== 302 || location === undefined) throw new Error(`oauth2-proxy began no sign-in: ${told(start)}`);
  const { callback } = await walkToCallback(openBrowser(url, roots), user, location);
  const { pathname, search } = new URL(callback);
  const headers = { cookie: cookies(start) };
  const end = await generator.carryOut({ ...target, headers, path: `${pathname}${search}`, once: true });
  if (end.status !== 302) throw new Error(`oauth2-proxy let nobody in: ${told(end)}`);
  return cookies(end);
}

function cookies({ header = {} }: Measured): string {
  const set = (header["Set-Cookie"] ?? []).map((one) => one.split(";")[0] as string);
  // An empty one takes back what was set before.
  return set.filter((one) => !/^[^=]+=$/.test(one)).join("; ");
}

const told = ({ status, error }: Measured) => error ?? `status ${status}`;
