import type { Case } from "../case";
import { networkCases } from "./network";
import { peerCases } from "./peers";
import { tokenCases } from "./tokens";

/** Every attack, family by family. */
export const allCases: Case[] = [...tokenCases, ...peerCases, ...networkCases];
