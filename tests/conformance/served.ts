import type { ConformanceDriver, Position } from "./driver";
import { OWN } from "./raw";

/** Who calls whom with which certificate: where the served certificate can be looked at. */
export const SERVED: Record<string, { from: string; to: string; port: number; serverName: string }> = {
  guard: { from: "edge", to: "guard", port: 8443, serverName: "guard" },
  egress: { from: "openclaw", to: "egress", port: 8443, serverName: "egress" },
  openclaw: { from: "guard", to: "openclaw", port: 18789, serverName: "openclaw" },
  "identity-provider": { from: "egress", to: "identity-provider", port: 8443, serverName: "identity-provider" },
  "demo-model": { from: "egress", to: "demo-model", port: 8443, serverName: "demo-model" },
};

/** Serial of what a workload shows, in decimal, asked from where it is called. */
export async function shownBy(driver: ConformanceDriver, name: string): Promise<string | undefined> {
  const { from, to, port, serverName } = SERVED[name] as (typeof SERVED)[string];
  const position: Position = from === "openclaw" ? { workload: from, container: "model-client" } : { workload: from };
  const dial = `${await driver.addressBetween(from, to)}:${port}`;
  const tls = from === "guard" ? { ca: OWN.ca, serverName } : { ...OWN, serverName };
  return (await driver.exchange(position, { dial, tls, receive: { forMs: 300 } })).serial;
}

/** Whether the guard lets somebody into a connection with this certificate from the edge's place. */
export async function acceptedByGuard(
  driver: ConformanceDriver,
  pair: { cert: string; key: string },
): Promise<boolean> {
  const dial = `${await driver.addressBetween("edge", "guard")}:8443`;
  const tls = { ca: OWN.ca, serverName: "guard", ...pair };
  const send = [{ data: "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" }];
  const { received } = await driver.exchange({ workload: "edge" }, { dial, tls, send });
  return received.toString().startsWith("HTTP/1.1 401");
}
