/**
 * Whether a cluster enforces network policies, found out by real packets. Many do not, and say nothing: policies are accepted and have no effect. On such
 * a cluster every denial that this project promises is worthless.
 *
 * Every packet that must be denied is also one that must be let through, at another time: a connection that never works proves nothing.
 */
import { randomBytes } from "node:crypto";
import { Problem } from "../progress";
import { sleep } from "../sleep";
import type { Kubectl, Manifest } from "./kubectl";

/** The programs that are sent into the cluster. */
export interface Probe {
  /** An image with `/zt-tools`. */
  readonly tools: string;
  /** An image whose command, with these arguments, answers on the port. */
  readonly listener: { readonly image: string; readonly command: readonly string[]; readonly port: number };
}

const port = 8099;

/** Envoy is in every deployment of this project, and can answer on a port by itself. */
export const projectProbe = (tools: string, envoy: string): Probe => ({
  tools,
  listener: { image: envoy, command: ["/usr/local/bin/envoy", "--config-yaml", JSON.stringify(answering)], port },
});

const answering = {
  static_resources: {
    listeners: [
      {
        address: { socket_address: { address: "0.0.0.0", port_value: port } },
        filter_chains: [
          {
            filters: [
              {
                name: "envoy.filters.network.echo",
                typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo" },
              },
            ],
          },
        ],
      },
    ],
  },
};

/** A cluster needs its time until a new policy is in force everywhere. */
const patience = 30_000;
/** On the namespace and on its pods. */
const checkLabel = "zero-trust-openclaw/check";
const clients = ["one", "other"] as const;
type Client = (typeof clients)[number];
const otherOf = (client: Client): Client => (client === "one" ? "other" : "one");

const base = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" };
const pod = (name: string): Manifest => ({ podSelector: { matchLabels: { [checkLabel]: name } } });
const selected = (name: string): Manifest => (pod(name) as { podSelector: Manifest }).podSelector;

export type Direction = "ingress" | "egress";

/** Everything is denied but what `client` sends to the server: the other one is stopped on the server's side, or on its own. */
export function policies(namespace: string, direction: Direction, client: Client): Manifest[] {
  const metadata = (name: string): Manifest => ({ name, namespace });
  const all = { podSelector: {} };
  const ports = [{ protocol: "TCP", port }];
  return [
    { ...base, metadata: metadata("default-deny"), spec: { ...all, policyTypes: ["Ingress", "Egress"] } },
    {
      ...base,
      metadata: metadata("ingress"),
      spec: {
        podSelector: selected("server"),
        policyTypes: ["Ingress"],
        ingress: [{ from: direction === "ingress" ? [pod(client)] : clients.map(pod), ports }],
      },
    },
    {
      ...base,
      metadata: metadata("egress"),
      spec: {
        podSelector:
          direction === "egress"
            ? selected(client)
            : { matchExpressions: [{ key: checkLabel, operator: "In", values: [...clients] }] },
        policyTypes: ["Egress"],
        egress: [{ to: [pod("server")], ports }],
      },
    },
  ];
}

export interface Trial {
  readonly direction: Direction;
  /** The one that is let through. */
  readonly client: Client;
}

/** Both directions, and each packet once let through and once denied. */
export const trials: readonly Trial[] = (["ingress", "egress"] as const).flatMap((direction) =>
  clients.map((client) => ({ direction, client })),
);

export interface Verdict {
  readonly enforced: boolean;
  /** What was seen, for the user. */
  readonly said: string;
}

/** Sends packets between pods of a namespace of its own, which it removes again. */
export async function enforcesPolicies(kubectl: Kubectl, probe: Probe): Promise<Verdict> {
  await removeOld(kubectl);
  const namespace = `zt-policy-check-${randomBytes(4).toString("hex")}`;
  try {
    await kubectl.apply(scene(namespace, probe));
    const names = [...clients, "server"];
    // Before the pods: on some clusters a pod is open to all for a moment after it started.
    const first = trials[0] as Trial;
    await kubectl.apply(policies(namespace, first.direction, first.client));
    const waited = await kubectl.attempt(
      [
        "wait",
        `--namespace=${namespace}`,
        "--for=condition=Ready",
        "--timeout=120s",
        ...names.map((name) => `pod/${name}`),
      ],
      { timeout: 130_000 },
    );
    if (waited.code !== 0) throw new Problem(await whyNotReady(kubectl, namespace));
    const server = await kubectl.get<{ status: { podIP: string } }>(["pod", "server", `--namespace=${namespace}`]);
    for (const trial of trials) {
      await kubectl.apply(policies(namespace, trial.direction, trial.client));
      const seen = await settle(kubectl, namespace, address(server.status.podIP, probe.listener.port), trial);
      if (seen !== undefined) return { enforced: false, said: seen };
    }
    return { enforced: true, said: "network policies are enforced in both directions" };
  } finally {
    await kubectl.attempt(["delete", "namespace", namespace, "--ignore-not-found", "--wait=false"]);
  }
}

/** What a killed run left. One that is younger may be at work. */
async function removeOld(kubectl: Kubectl): Promise<void> {
  const { items } = await kubectl.get<{ items: { metadata: { name: string; creationTimestamp: string } }[] }>([
    "namespaces",
    `--selector=${checkLabel}=policies`,
  ]);
  const old = items.filter(({ metadata }) => Date.now() - Date.parse(metadata.creationTimestamp) > 600_000);
  for (const { metadata } of old)
    await kubectl.attempt(["delete", "namespace", metadata.name, "--ignore-not-found", "--wait=false"]);
}

const address = (ip: string, port: number): string => (ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`);

/** Undefined when it comes out as the policies say, else what does not. */
async function settle(kubectl: Kubectl, namespace: string, target: string, trial: Trial): Promise<string | undefined> {
  const limit = Date.now() + patience;
  for (;;) {
    const [allowed, denied] = await Promise.all(
      [trial.client, otherOf(trial.client)].map((from) => passes(kubectl, namespace, from, target)),
    );
    if (allowed && !denied) return undefined;
    if (Date.now() > limit)
      return denied
        ? `a packet passed that an ${trial.direction} policy denies`
        : `a packet did not pass although ${trial.direction} policies allow it`;
    await sleep(300);
  }
}

async function passes(kubectl: Kubectl, namespace: string, from: Client, target: string): Promise<boolean> {
  const command = ["/zt-tools", "probe", "tcp", "--address", target, "--timeout", "2s"];
  const { code, stderr } = await kubectl.attempt(["exec", `--namespace=${namespace}`, from, "--", ...command]);
  if (code === 0) return true;
  // Only the probe's own failure says something about packets.
  if (!stderr.includes("zt-tools:")) throw new Problem(`The probe could not run in the cluster: ${stderr.trim()}`);
  return false;
}

function scene(namespace: string, { tools, listener }: Probe): Manifest[] {
  const member = (name: string, image: string, command: readonly string[]): Manifest => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: { [checkLabel]: name } },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name,
          image,
          command,
          imagePullPolicy: "IfNotPresent",
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
        },
      ],
    },
  });
  return [
    {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: namespace,
        labels: { "pod-security.kubernetes.io/enforce": "restricted", [checkLabel]: "policies" },
      },
    },
    ...clients.map((name) => member(name, tools, ["/zt-tools", "pause"])),
    member("server", listener.image, listener.command),
  ];
}

async function whyNotReady(kubectl: Kubectl, namespace: string): Promise<string> {
  const { stdout } = await kubectl.attempt([
    "get",
    "events",
    `--namespace=${namespace}`,
    "--field-selector=type=Warning",
    '--output=jsonpath={range .items[*]}{.involvedObject.name}: {.message}{"\\n"}{end}',
  ]);
  const said = [...new Set(stdout.trim().split("\n"))].slice(-5).map((line) => `  ${line}`);
  return ["The pods that try network policies did not start in the cluster.", ...said].join("\n");
}
