/** The path on both platforms, as a table. Pure. */
import { compared, milliseconds, quotient, whole } from "../figures";
import type { Latency } from "../report";
import { median } from "../statistics";
import type { Table } from "../table";
import type { Way } from "../ways";

export const PLATFORMS = ["Docker", "Kubernetes"] as const;
export type Platform = (typeof PLATFORMS)[number];

export type Each<V> = Record<Platform, Record<Way, V>>;

/** One value per round. */
export interface PathRounds {
  request: Each<Latency[]>;
  webSocket: Each<Latency[]>;
  /** Per second. */
  throughput: Each<number[]>;
}

export function pathTable({ request, webSocket, throughput }: PathRounds): Table {
  return {
    title: "The path on both platforms: medians of the rounds, and ratios with the least and the most of a round",
    rows: [
      [
        "",
        ...PLATFORMS.flatMap((platform) => [`${platform}, direct`, `${platform}, full path`]),
        ...PLATFORMS.map((platform) => `full path / direct, ${platform}`),
        "full path, Kubernetes / Docker",
      ],
      ...latencies("HTTP request", request),
      ...latencies("WebSocket round trip", webSocket),
      row("Requests per second, 32 at once", throughput, whole),
    ],
  };
}

function latencies(name: string, measured: Each<Latency[]>): string[][] {
  return (["p50", "p99"] as const).flatMap((percentile) => {
    const values = mapped(measured, (rounds) => rounds.map((one) => one[percentile]));
    const [docker = 0, kubernetes = 0] = PLATFORMS.map((platform) => added(values[platform]));
    return [
      row(`${name}, ${percentile}, ms`, values, milliseconds),
      [
        "… added by the path",
        "",
        milliseconds(docker),
        "",
        milliseconds(kubernetes),
        "",
        "",
        quotient(kubernetes, docker),
      ],
    ];
  });
}

/** More than direct in the same round. */
function added({ direct, "full path": full }: Record<Way, number[]>): number {
  return median(full.map((value, i) => value - (direct[i] as number)));
}

function row(name: string, values: Each<number[]>, shown: (value: number) => string): string[] {
  const { Docker, Kubernetes } = values;
  return [
    name,
    ...[Docker, Kubernetes].flatMap((one) => [shown(median(one.direct)), shown(median(one["full path"]))]),
    ...[Docker, Kubernetes].map((one) => compared(one["full path"], one.direct)),
    compared(Kubernetes["full path"], Docker["full path"]),
  ];
}

/** The same for each platform and way. */
export function mapped<V, W>(values: Each<V>, body: (value: V) => W): Each<W> {
  const of = (platform: Platform): Record<Way, W> => ({
    direct: body(values[platform].direct),
    "full path": body(values[platform]["full path"]),
  });
  return { Docker: of("Docker"), Kubernetes: of("Kubernetes") };
}
