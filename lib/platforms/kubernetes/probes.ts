import type * as k8s from "@pulumi/kubernetes";
import type { ContainerSpec, HealthProbe, HttpsProbe, SocketProbe } from "../platform";

type Probe = k8s.types.input.core.v1.Probe;

/** Where the helper is in every container. */
export const TOOLS = "/tools";
const ZT_TOOLS = `${TOOLS}/zt-tools`;

/** Until a container has started; OpenClaw alone takes 15 to 20 s. */
const START_SECONDS = 300;

/** How the kubelet asks a container: whether it has started, works, and may be given work. */
export function probes({ health, ready = health }: ContainerSpec): {
  startupProbe: Probe;
  readinessProbe: Probe;
  livenessProbe: Probe;
} {
  const started = health.kind === "https" ? at(health, health.startedPath) : health;
  const alive =
    health.kind === "https" ? at(health, health.alivePath) : health.kind === "socket" ? living(health) : health;
  return {
    startupProbe: { ...question(started), periodSeconds: 1, timeoutSeconds: 5, failureThreshold: START_SECONDS },
    readinessProbe: { ...question(ready), periodSeconds: 3, timeoutSeconds: 5, failureThreshold: 2 },
    livenessProbe: { ...question(alive), periodSeconds: 15, timeoutSeconds: 5, failureThreshold: 4 },
  };
}

function at(probe: HttpsProbe, path = probe.path): HttpsProbe {
  return { ...probe, path };
}

/** Any answer will do. */
function living(probe: SocketProbe): SocketProbe {
  return probe.alivePath === undefined ? probe : { ...probe, path: probe.alivePath, expect: "" };
}

function question(probe: HealthProbe): Probe {
  switch (probe.kind) {
    case "https":
      // The kubelet does not look at the certificate; those who use the port do.
      return { httpGet: { scheme: "HTTPS", port: probe.port, path: probe.path } };
    case "socket":
      return exec("probe", "unix", "--socket", probe.socket, "--path", probe.path, "--expect", probe.expect);
    case "command":
      return { exec: { command: probe.command } };
    case "tcp":
      return isLoopback(probe)
        ? exec("probe", "tcp", "--address", `127.0.0.1:${probe.port}`)
        : { tcpSocket: { port: probe.port } };
  }
}

function isLoopback(probe: HealthProbe): boolean {
  return probe.kind === "tcp" && probe.address === "127.0.0.1";
}

function exec(...command: string[]): Probe {
  return { exec: { command: [ZT_TOOLS, ...command] } };
}
