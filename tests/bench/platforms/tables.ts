/** What is measured of the cluster alone, as tables. Pure. */
import { compared } from "../figures";
import { median } from "../statistics";
import type { Table } from "../table";

/** Milliseconds of each round by what was done. */
export function enforcementTable(times: ReadonlyMap<string, readonly number[]>, policies: number): Table {
  const [first = []] = times.values();
  return {
    title: `From a request to the API server to the first new connection that shows it, in ms: ${first.length} rounds, ${policies} policies in the cluster`,
    rows: [
      ["", "median", "most"],
      ...[...times].map(([name, each]) => [name, median(each).toFixed(0), Math.max(...each).toFixed(0)]),
    ],
  };
}

/** Seconds of each round. */
export interface Ups {
  first: number[];
  /** With nothing to change. */
  second: number[];
}

export function upsTable(objects: number, components: Ups, hand: Ups): Table {
  const row = (name: string, one: number[], other: number[]) => [
    name,
    median(one).toFixed(1),
    median(other).toFixed(1),
    compared(one, other),
  ];
  return {
    title: `\`pulumi up\` of the staging stack against its ${objects} objects written by hand, ${components.first.length} rounds`,
    rows: [
      ["", "components, s", "by hand, s", "components / by hand"],
      row("from nothing", components.first, hand.first),
      row("with nothing to change", components.second, hand.second),
    ],
  };
}
