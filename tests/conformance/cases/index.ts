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

/** Every attack, family by family. The patient ones begin first, so that nobody waits for them in the end. */
export const allCases: Case[] = [
  ...limitCases,
  ...sessionCases,
  ...identityCases,
  ...tokenCases,
  ...queryCases,
  ...pathCases,
  ...smugglingCases,
  ...websocketCases,
  ...peerCases,
  ...networkCases,
  ...logCases,
];
