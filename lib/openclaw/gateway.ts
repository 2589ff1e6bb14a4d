import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../access/role";
import type { Model } from "../egress/model";
import { LEAF } from "../envoy";
import { envoyContainer, mounted, rootFiles } from "../internal/envoy-container";
import { USERS } from "../internal/users";
import { portNumber, spiffeId } from "../perimeter";
import { type CertificateAuthority, WorkloadCertificate } from "../pki";
import { CERTIFICATES, type ContainerSpec, FILES, FOLLOWED } from "../platforms";
import type { SegmentedNetwork } from "../segmented-network";
import { OPENCLAW_VERSION, openClawConfig } from "./config";
import { modelClientConfig } from "./model-client-config";
import { type AgentPosture, CLOSED_AGENT } from "./posture";

export const OPENCLAW_IMAGE = `ghcr.io/openclaw/openclaw:${OPENCLAW_VERSION}`;

export interface OpenClawGatewayArgs {
  network: SegmentedNetwork;
  ca: CertificateAuthority;
  /** https URL people open. */
  publicUrl: string;
  /** From `resolveRoles`. */
  roles: Role[];
  /** Header by which the guard says who the user is. */
  userHeader: pulumi.Input<string>;
  /** Model providers by the name of the egress gateway's port for them; the first is the default. */
  models: { port: string; model: Model }[];
  /**
   * What the agent may do besides talking, from `agentPosture`.
   * @default - nothing
   */
  agent?: AgentPosture;
  /**
   * Name of the volume with OpenClaw's state. One that was kept from an earlier deployment is used again.
   * @default - a new volume
   */
  stateVolume?: string;
  /** @default "ghcr.io/openclaw/openclaw:2026.9.6" */
  image?: string;
  /** @default "envoyproxy/envoy:v1.40.0" */
  envoyImage?: string;
}

const STATE = "/state";
const CONFIG = "openclaw.json";
/** Where the platform cannot fix the guard's address, what OpenClaw believes follows it: that address alone, never a range. */
const GUARD_ADDRESSES = { caller: "guard", list: "gateway.trustedProxies" };
/** Loopback ports of the models, in order. */
const FIRST_MODEL_PORT = 9000;
/** OpenClaw lets a running turn finish for up to 315 s. */
const DRAIN_SECONDS = 330;

/**
 * The OpenClaw gateway, unchanged: configuration from read-only files, listening for the guard only, without a model key. One replica,
 * because its state has one writer.
 *
 * Serves requirements 5, 17, 20, 25, 63, 67, 68 and 70.
 */
export class OpenClawGateway extends pulumi.ComponentResource {
  constructor(name: string, args: OpenClawGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("zero-trust-openclaw:index:OpenClawGateway", name, { publicUrl: args.publicUrl, roles: args.roles }, opts);
    const { network, ca } = args;
    const identity = spiffeId(network.perimeter, "openclaw");
    const parent = { parent: this };

    const shown = new WorkloadCertificate(name, { ca, identity, usages: ["server"], user: USERS.openclaw }, parent);
    const calling = new WorkloadCertificate(
      `${name}-client`,
      { ca, identity, usages: ["client"], user: USERS.modelClient },
      parent,
    );
    network.run({ workload: "openclaw", containers: [openclaw(args, shown), modelClient(args, calling)] }, this);
    this.registerOutputs({});
  }
}

function openclaw(args: OpenClawGatewayArgs, certificate: WorkloadCertificate): ContainerSpec {
  const { network, ca } = args;
  const port = portNumber(network.perimeter, { to: "openclaw", port: "gateway" });
  const address = network.listenOf("guard", "openclaw");
  const guard = network.sourceOf("guard", "openclaw");
  const config = pulumi.all([args.userHeader, address, guard]).apply(([userHeader, own, trustedProxy]) =>
    openClawConfig({
      origin: new URL(args.publicUrl).origin,
      address: own,
      port,
      trustedProxy,
      userHeader,
      roles: args.roles,
      models: args.models.map(({ port: name, model }, i) => ({ name, port: FIRST_MODEL_PORT + i, model })),
      certificate: { chain: `${CERTIFICATES}/${LEAF}/tls.crt`, key: `${CERTIFICATES}/${LEAF}/tls.key` },
      workspace: `${STATE}/workspace`,
      agent: args.agent ?? CLOSED_AGENT,
    }),
  );
  return {
    name: "openclaw",
    image: args.image ?? OPENCLAW_IMAGE,
    command: ["/usr/local/bin/openclaw", "gateway", "run"],
    user: USERS.openclaw,
    files: [
      { name: CONFIG, content: config, ...(guard === undefined ? { follows: GUARD_ADDRESSES } : {}) },
      ...rootFiles(ca),
    ],
    certificates: mounted({ [LEAF]: certificate }),
    environment: { ...ENVIRONMENT, OPENCLAW_CONFIG_PATH: `${guard === undefined ? FOLLOWED : FILES}/${CONFIG}` },
    scratch: ["/tmp"],
    state: { name: "state", path: STATE, keptAs: args.stateVolume },
    memoryMiB: 2560,
    processes: 512,
    health: {
      kind: "https",
      address,
      port,
      serverName: "openclaw",
      path: "/readyz",
      expect: '"ready":true',
      startedPath: "/startupz",
      alivePath: "/healthz",
    },
    stopGraceSeconds: DRAIN_SECONDS,
  };
}

function modelClient(args: OpenClawGatewayArgs, certificate: WorkloadCertificate): ContainerSpec {
  const { network, ca } = args;
  const { perimeter } = network;
  const config = pulumi.output(network.addressOf("openclaw", "egress")).apply((address) =>
    modelClientConfig({
      directory: FILES,
      models: args.models.map(({ port }, i) => ({
        name: port,
        port: FIRST_MODEL_PORT + i,
        egress: { address, port: portNumber(perimeter, { to: "egress", port }) },
      })),
      egressIdentity: spiffeId(perimeter, "egress"),
    }),
  );
  return envoyContainer(
    {
      name: "model-client",
      image: args.envoyImage,
      user: USERS.modelClient,
      config,
      peers: { callees: [spiffeId(perimeter, "egress")] },
      leaf: certificate,
      // A turn that is finished while everything stops still asks the model.
      sidecar: true,
    },
    ca,
  );
}

const ENVIRONMENT = {
  HOME: `${STATE}/home`,
  OPENCLAW_STATE_DIR: STATE,
  // Refuses changes by the agent with a clear error instead of a failed write.
  OPENCLAW_CONFIG_READONLY: "1",
  XDG_CACHE_HOME: `${STATE}/cache`,
  OPENCLAW_DISABLE_BONJOUR: "1",
  OPENCLAW_NO_AUTO_UPDATE: "1",
  OPENCLAW_OFFLINE: "1",
  DO_NOT_TRACK: "1",
  NODE_OPTIONS: "--max-old-space-size=1536",
};
