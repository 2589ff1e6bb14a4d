import { postureReport } from "../openclaw/posture-report";
import { INTERNET } from "../perimeter/model";
import { described } from "./compare/flows";
import { finding, sorted } from "./findings";
import type { Side } from "./side";
import type { Finding, Snapshot } from "./types";

/** What is listed of each kind; who wants all has the perimeter itself. */
const SHOWN = 10;

/** A first deployment, kind by kind. */
export function summed({ entrance, identityProvider, roles, agent, leafHours }: Snapshot, side: Side): Finding[] {
  const inner = [...side.inner.values()];
  const entries = inner.filter(({ from }) => from === INTERNET).map(({ to, port }) => `${to}:${port}`);
  const kinds: Record<string, string[]> = {
    zones: sorted(side.zones.keys()),
    workloads: sorted(side.workloads.keys()),
    "flows between workloads": sorted([...side.inner.keys()].filter((key) => !key.startsWith(`${INTERNET} `))),
    "flows from the internet": sorted(entries),
    "flows to the internet": sorted(
      [...side.exits.values()].flatMap((exit) => described(exit).map((host) => `${exit.from} → ${host}`)),
    ),
    credentials: sorted(
      [...side.workloads].flatMap(([name, { credentials = [] }]) => credentials.map((held) => `${held} at ${name}`)),
    ),
    roles: sorted(roles.map(({ name, requireMfa }) => (requireMfa ? `${name}, with a second factor` : name))),
    entrance: [entrance.url, entrance.kind],
    "identity provider": [identityProvider.issuer],
    "what is open of the agent": postureReport(agent).map(({ argument, value }) => `${argument} ${value}`),
    certificates: [`${leafHours} h`],
  };
  return Object.entries(kinds)
    .filter(([, items]) => items.length > 0)
    .map(([kind, items]) => {
      const more = items.length > SHOWN ? [`and ${items.length - SHOWN} more`] : [];
      return finding("first-deployment", `${kind}: ${items.length}`, [], [...items.slice(0, SHOWN), ...more]);
    });
}
