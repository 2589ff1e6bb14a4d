import { completePerimeter, docker, kubernetes, openClawPerimeter, type PlatformArgs } from "../../../lib";
import type { Case } from "../case";
import { identityCases } from "./identity";
import { limitCases } from "./limits";
import { logCases } from "./logs";
import { networkCases } from "./network";
import { pathCases } from "./paths";
import { peerCases } from "./peers";
import { queryCases } from "./queries";
import { sessionCases } from "./sessions";
import { smugglingCases } from "./smuggling";
import { tokenCases } from "./tokens";
import { websocketCases } from "./websockets";

/** Any deployment of ours with the demo parts. */
const DEMO = openClawPerimeter({
  trustDomain: "openclaw.internal",
  publicHost: "localhost",
  identityProvider: "demo",
  models: [{ port: "model-demo", host: "demo" }],
});

/** Every attack, family by family. The patient ones begin first, so that nobody waits for them in the end. */
function casesOn(platform: PlatformArgs): Case[] {
  const { workloads } = completePerimeter(platform, DEMO);
  return [
    ...limitCases,
    ...sessionCases,
    ...identityCases,
    ...tokenCases,
    ...queryCases,
    ...pathCases,
    ...smugglingCases,
    ...websocketCases,
    ...peerCases,
    ...networkCases(workloads.filter(({ addresses }) => !addresses).map(({ name }) => name)),
    ...logCases,
  ];
}

export const dockerCases = casesOn(docker());
export const kubernetesCases = casesOn(kubernetes({ apiServer: { addresses: ["10.0.0.1/32"] } }));
