import { isKnown, type Route, respond } from "../envoy";
import { Fact } from "./decision";
import type { Pages } from "./pages";

/** Answers for people who are signed in and may not go on: the last routes of whoever decides. Pure. */
export function turnedAway({ lacksMfa, noRole, unusableAddress }: Pages): Route[] {
  return [
    respond("lacks_mfa", { prefix: "/", filter_state: [isKnown(Fact.LacksMfa)] }, 403, lacksMfa),
    respond("no_role", { prefix: "/", filter_state: [isKnown(Fact.User)] }, 403, noRole),
    respond("address_not_verified", { prefix: "/" }, 403, unusableAddress),
  ];
}
