/** What came of an attempt to open a connection. `unknown`: the attempt itself could not be made, so nothing is proven. */
export type Seen = { state: "open" } | { state: "closed"; why: string } | { state: "unknown"; why: string };

/** A deployed perimeter, as its platform lets it be looked at. */
export interface VerifyDriver {
  /** Tries to reach a port of one workload, at every address it has, from the network position of another or from the internet. */
  tryFlow(from: string, to: string, port: number): Promise<Seen>;
  /** One sentence for everything that is attached to the perimeter's networks and does not belong there. */
  strangers(): Promise<string[]>;
}
