import * as pulumi from "@pulumi/pulumi";
import { envoyContainer } from "../internal/envoy-container";
import { USERS } from "../internal/users";
import { portNumber, spiffeId } from "../perimeter";
import { type CertificateAuthority, WorkloadCertificate } from "../pki";
import { type ContainerSpec, FILES, RUN } from "../platforms";
import type { SegmentedNetwork } from "../segmented-network";
import type { ProviderEnd } from "./connection";
import { guardConfig, TRUSTED } from "./guard-config";
import { DEFAULT_LOGIN, type LoginArgs } from "./login";
import { validateLogin } from "./login-args";
import { handOver } from "./login-engine";
import { pages } from "./pages";
import { ADMINISTRATOR_IMAGE, ADMINISTRATOR_PORTS, administratorConfig } from "./policy-administrator";
import type { IdentityProvider } from "./provider";
import { type RateLimitArgs, resolveRateLimits } from "./rate-limits";
import type { Role } from "./role";

export interface PolicyEnforcementPointArgs {
  network: SegmentedNetwork;
  ca: CertificateAuthority;
  identityProvider: pulumi.Input<IdentityProvider>;
  /** @default - the public host of each endpoint */
  providerEnd?: ProviderEnd;
  /**
   * How people sign in: where the edge passes their token on.
   * @default - Envoy's own login
   */
  login?: LoginArgs;
  /** From `resolveRoles`. */
  roles: Role[];
  /** Header by which OpenClaw learns who the user is. */
  userHeader: pulumi.Input<string>;
  /**
   * Whom to ask, for people who are turned away.
   * @default - "whoever runs this OpenClaw"
   */
  contact?: string;
  /** @default - see `RateLimitArgs` */
  rateLimits?: RateLimitArgs;
  /**
   * Name of the volume with the list of those who were revoked, on Kubernetes of the Secret. One that was kept from an earlier deployment
   * is used again.
   * @default - a new one
   */
  revocationsVolume?: string;
  /** @default "envoyproxy/envoy:v1.40.0" */
  image?: string;
  /** @default "zero-trust-openclaw/policy-administrator:0.1.0" */
  administratorImage?: string;
}

const REVOCATIONS = "/state";

/**
 * The guard: last hop before OpenClaw, and the only address OpenClaw trusts. Demands the edge's certificate, verifies the identity
 * provider's token once more, finds the role, and overwrites what OpenClaw is told about user and scopes. A container of its own: from
 * inside OpenClaw's network namespace an agent could forge what it says.
 *
 * Beside it runs the policy administrator, which refuses who was revoked and ends what they have open.
 *
 * Serves requirements 1, 6, 7, 8, 10, 11, 15, 16, 19, 28 and 50.
 */
export class PolicyEnforcementPoint extends pulumi.ComponentResource {
  constructor(name: string, args: PolicyEnforcementPointArgs, opts?: pulumi.ComponentResourceOptions) {
    super("zero-trust-openclaw:index:PolicyEnforcementPoint", name, { roles: args.roles }, opts);
    const { network, ca } = args;
    const { perimeter } = network;
    const untilTrusted = network.sourceOf("guard", "openclaw") === undefined;
    const { token, signOut } = handOver(validateLogin(args.login ?? DEFAULT_LOGIN), args.login);

    const leaf = new WorkloadCertificate(
      name,
      { ca, identity: spiffeId(perimeter, "guard"), user: USERS.guard },
      { parent: this },
    );
    const config = pulumi
      .all([
        args.identityProvider,
        args.userHeader,
        network.listenOf("edge", "guard"),
        network.addressOf("guard", "openclaw"),
        network.addressOf("guard", "egress"),
      ])
      .apply(([identityProvider, userHeader, own, openclaw, egress]) =>
        guardConfig({
          directory: FILES,
          listen: { address: own, port: portNumber(perimeter, { to: "guard", port: "mtls" }) },
          callerIdentity: spiffeId(perimeter, "edge"),
          openclaw: {
            address: openclaw,
            port: portNumber(perimeter, { to: "openclaw", port: "gateway" }),
            identity: spiffeId(perimeter, "openclaw"),
          },
          untilTrusted,
          identityProvider,
          provider: {
            address: egress,
            port: portNumber(perimeter, { to: "egress", port: "identity" }),
            end: args.providerEnd,
          },
          token,
          roles: args.roles,
          userHeader,
          administrator: ADMINISTRATOR_PORTS,
          pages: pages(args.contact, signOut),
          limits: resolveRateLimits(args.rateLimits),
        }),
      );

    network.run(
      {
        workload: "guard",
        containers: [
          envoyContainer(
            {
              name: "guard",
              image: args.image,
              user: USERS.guard,
              config,
              peers: { callers: [spiffeId(perimeter, "edge")], callees: [spiffeId(perimeter, "openclaw")] },
              leaf,
              ready: untilTrusted ? TRUSTED : undefined,
            },
            ca,
          ),
          administrator(args, signOut),
        ],
      },
      this,
    );
    this.registerOutputs({});
  }
}

/** Ends what is revoked. Beside the guard's Envoy, in its network namespace: its ports are on a loopback that nobody else has. */
function administrator(args: PolicyEnforcementPointArgs, signedOut: string): ContainerSpec {
  const socket = `${RUN}/administrator.sock`;
  const kept = { name: "revocations", keptAs: args.revocationsVolume };
  const record = args.network.recordOf("guard", kept);
  return {
    name: "policy-administrator",
    image: args.administratorImage ?? ADMINISTRATOR_IMAGE,
    command: ["/policy-administrator", "serve", "--config", `${FILES}/administrator.json`],
    user: USERS.administrator,
    files: [
      {
        name: "administrator.json",
        content: administratorConfig({ list: record ?? REVOCATIONS, socket, signedOut, roles: args.roles }),
      },
    ],
    ...(record ? { record: kept } : { state: { ...kept, path: REVOCATIONS } }),
    memoryMiB: 192,
    processes: 64,
    health: { kind: "socket", socket, path: "/healthz", expect: '"ready":true' },
  };
}
