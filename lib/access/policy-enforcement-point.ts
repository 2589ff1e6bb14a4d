import * as pulumi from "@pulumi/pulumi";
import { envoyContainer, leafFiles } from "../internal/envoy-container";
import { USERS } from "../internal/users";
import { portNumber, spiffeId } from "../perimeter";
import { type CertificateAuthority, WorkloadCertificate } from "../pki";
import { FILES } from "../platforms";
import type { SegmentedNetwork } from "../segmented-network";
import type { ProviderEnd } from "./connection";
import { guardConfig } from "./guard-config";
import type { IdentityProvider } from "./identity-provider";
import type { Role } from "./roles";

export interface PolicyEnforcementPointArgs {
  network: SegmentedNetwork;
  ca: CertificateAuthority;
  identityProvider: pulumi.Input<IdentityProvider>;
  /** @default - the public host of each endpoint */
  providerEnd?: ProviderEnd;
  /** From `resolveRoles`. */
  roles: Role[];
  /** Header by which OpenClaw learns who the user is. */
  userHeader: pulumi.Input<string>;
  /** @default "envoyproxy/envoy:v1.40.0" */
  image?: string;
}

/**
 * The guard: last hop before OpenClaw, and the only address OpenClaw trusts. Demands the edge's certificate, verifies the identity
 * provider's token once more, finds the role, and overwrites what OpenClaw is told about user and scopes. A container of its own: from
 * inside OpenClaw's network namespace an agent could forge what it says.
 *
 * Serves requirements 6, 8, 10, 11, 15, 19 and 50.
 */
export class PolicyEnforcementPoint extends pulumi.ComponentResource {
  constructor(name: string, args: PolicyEnforcementPointArgs, opts?: pulumi.ComponentResourceOptions) {
    super("zero-trust-openclaw:index:PolicyEnforcementPoint", name, { roles: args.roles }, opts);
    const { network, ca } = args;
    const { perimeter } = network;

    const leaf = new WorkloadCertificate(
      name,
      { ca, identity: spiffeId(perimeter, "guard"), dnsNames: ["guard"], usages: ["server", "client"] },
      { parent: this },
    );
    const config = pulumi
      .all([
        args.identityProvider,
        args.userHeader,
        network.addressOf("edge", "guard"),
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
          identityProvider,
          provider: {
            address: egress,
            port: portNumber(perimeter, { to: "egress", port: "identity" }),
            end: args.providerEnd,
          },
          roles: args.roles,
          userHeader,
        }),
      );

    network.run(
      {
        workload: "guard",
        containers: [
          envoyContainer({ name: "guard", image: args.image, user: USERS.guard, config, files: leafFiles(leaf, ca) }),
        ],
      },
      this,
    );
    this.registerOutputs({});
  }
}
