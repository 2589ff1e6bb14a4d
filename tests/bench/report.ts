/** What was measured, as tables. Pure. */

import { compared, milliseconds, quotient, whole } from "./figures";
import type { Memory } from "./memory";
import { median } from "./statistics";
import type { Table } from "./table";

export const VARIANTS = ["direct", "oauth2-proxy", "full path"] as const;
export type Variant = (typeof VARIANTS)[number];
export const LISTENERS = ["Envoy alone", "guard"] as const;
export type ListenerName = (typeof LISTENERS)[number];

export interface Latency {
  /** Microseconds. */
  p50: number;
  p99: number;
}

/** One value per round. */
export interface Rounds {
  request: Record<Variant, Latency[]>;
  webSocket: Record<Variant, Latency[]>;
  /** Per second. */
  throughput: Record<Variant, number[]>;
  connections: Record<ListenerName, number[]>;
}

export interface MemorySeries {
  atRest: Memory;
  afterLoad: Memory;
  withSockets: Memory;
  afterSockets: Memory;
}

export function tables(rounds: Rounds, memory: MemorySeries, sockets: { open: number; seconds: number }): Table[] {
  return [comparison(rounds), connections(rounds), memoryTable(memory, sockets)];
}

function comparison({ request, webSocket, throughput }: Rounds): Table {
  const head = ["", ...VARIANTS, "full path / direct", "full path / oauth2-proxy"];
  return {
    title: "The path compared: medians of the rounds, and ratios with the least and the most of a round",
    rows: [
      head,
      ...latencies("HTTP request", request),
      ...latencies("WebSocket round trip", webSocket),
      row("Requests per second, 32 at once", VARIANTS, throughput, whole),
    ],
  };
}

function latencies(name: string, measured: Record<Variant, Latency[]>): string[][] {
  return (["p50", "p99"] as const).flatMap((percentile) => {
    const values = mapped(measured, (one) => one[percentile]);
    const direct = values.direct;
    // Added means more than direct in the same round.
    const added = mapped(values, (value, i) => value - (direct[i] as number));
    const [, ...others] = VARIANTS;
    return [
      row(`${name}, ${percentile}, ms`, VARIANTS, values, milliseconds),
      [
        "… added over direct",
        "",
        ...others.map((one) => milliseconds(median(added[one]))),
        "",
        quotient(median(added["full path"]), median(added["oauth2-proxy"])),
      ],
    ];
  });
}

function row(
  name: string,
  variants: typeof VARIANTS,
  values: Record<Variant, number[]>,
  shown: (value: number) => string,
): string[] {
  const full = values["full path"];
  return [
    name,
    ...variants.map((one) => shown(median(values[one]))),
    compared(full, values.direct),
    compared(full, values["oauth2-proxy"]),
  ];
}

function connections({ connections: values }: Rounds): Table {
  return {
    title: "New mutual TLS connections per second, 16 at once",
    rows: [
      [...LISTENERS, "guard / Envoy alone"],
      [...LISTENERS.map((one) => whole(median(values[one]))), compared(values.guard, values["Envoy alone"])],
    ],
  };
}

function memoryTable(memory: MemorySeries, { open, seconds }: { open: number; seconds: number }): Table {
  const series = [memory.atRest, memory.afterLoad, memory.withSockets, memory.afterSockets];
  const parts = Object.keys(memory.atRest).filter((part) => !part.endsWith("/network"));
  const kibibytes = (part: Memory, before: Memory, name: string) =>
    open === 0 ? "" : ((((part[name] ?? 0) - (before[name] ?? 0)) * 1024) / open).toFixed(0);
  const total = (part: Memory) => Object.values(part).reduce((sum, one) => sum + one, 0);
  return {
    title: `Memory in MiB; ${open} WebSockets were opened in ${seconds.toFixed(0)} s`,
    rows: [
      ["part", "at rest", "after the load", `with ${open} WebSockets`, "after them", "KiB per WebSocket"],
      ...parts.map((name) => [
        name.replace(/^(.*)\/\1$/, "$1"),
        ...series.map((one) => (one[name] === undefined ? "-" : one[name].toFixed(0))),
        kibibytes(memory.withSockets, memory.afterLoad, name),
      ]),
      ["all, and what holds their networks", ...series.map((one) => total(one).toFixed(0)), ""],
    ],
  };
}

function mapped<V, W>(values: Record<Variant, V[]>, body: (value: V, round: number) => W): Record<Variant, W[]> {
  return Object.fromEntries(VARIANTS.map((one) => [one, values[one].map(body)])) as Record<Variant, W[]>;
}
