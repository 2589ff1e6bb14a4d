import { type Caller, LOAD, PINGS, REQUESTS, take } from "../measure";
import type { Latency } from "../report";
import { rotated } from "../statistics";
import { WAYS } from "../ways";
import { type Each, type PathRounds, PLATFORMS, type Platform } from "./path-table";
import { callersOf, type Side } from "./side";

export const ROUNDS = 6;

const VARIANTS = PLATFORMS.flatMap((platform) => WAYS.map((way) => ({ platform, way })));

/** Both deployments in turns, so that what disturbs one disturbs the other. What did not work is added to `failures`. */
export async function measurePath(
  sides: Record<Platform, Side>,
  failures: string[],
  say: (activity: string) => void,
): Promise<PathRounds> {
  const none = <V>(): Each<V[]> => ({
    Docker: { direct: [], "full path": [] },
    Kubernetes: { direct: [], "full path": [] },
  });
  const rounds: PathRounds = { request: none<Latency>(), webSocket: none<Latency>(), throughput: none<number>() };
  for (let round = 0; round < ROUNDS; round += 1) {
    say(`round ${round + 1} of ${ROUNDS}`);
    const callers: Each<Caller> = {
      Docker: await callersOf(sides.Docker),
      Kubernetes: await callersOf(sides.Kubernetes),
    };
    const ask = (platform: Platform, way: (typeof WAYS)[number], order: Parameters<typeof take>[2]) =>
      take(`${platform}, ${way}`, callers[platform][way], order, failures);
    const order = rotated(VARIANTS, round);
    for (const { platform, way } of order) rounds.request[platform][way].push(await ask(platform, way, REQUESTS));
    for (const { platform, way } of order) rounds.webSocket[platform][way].push(await ask(platform, way, PINGS));
    for (const { platform, way } of order) {
      const { done, seconds } = await ask(platform, way, LOAD);
      rounds.throughput[platform][way].push(done / seconds);
    }
  }
  return rounds;
}
