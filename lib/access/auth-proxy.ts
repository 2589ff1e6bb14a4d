import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { CLIENT_SECRET, COOKIE_KEY } from "../envoy";
import { certificateFiles, envoyContainer, leafFiles, secretFiles } from "../internal/envoy-container";
import { USERS } from "../internal/users";
import { INTERNET, portNumber, spiffeId } from "../perimeter";
import { type CertificateAuthority, WorkloadCertificate } from "../pki";
import { FILES } from "../platforms";
import type { SegmentedNetwork } from "../segmented-network";
import type { ProviderEnd } from "./connection";
import { edgeConfig, PUBLIC_CERTIFICATE } from "./edge-config";
import type { IdentityProvider } from "./identity-provider";

export interface AuthProxyArgs {
  network: SegmentedNetwork;
  ca: CertificateAuthority;
  /** https URL people open, such as `https://openclaw.example.com`. */
  publicUrl: string;
  identityProvider: pulumi.Input<IdentityProvider>;
  clientSecret: pulumi.Input<string>;
  /** @default - the public host of each endpoint */
  providerEnd?: ProviderEnd;
  /** @default "envoyproxy/envoy:v1.40.0" */
  image?: string;
}

/**
 * The edge: the only way in. Ends the browser's TLS, has people sign in at the identity provider, and passes on only what carries a
 * token that verifies, over mTLS, to the guard. What the client says about itself in headers is removed.
 *
 * Serves requirements 1, 2, 10, 17, 18, 25, 27, 31 and 32.
 */
export class AuthProxy extends pulumi.ComponentResource {
  constructor(name: string, args: AuthProxyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("zero-trust-openclaw:index:AuthProxy", name, { publicUrl: args.publicUrl }, opts);
    const { network, ca } = args;
    const { perimeter } = network;
    const url = new URL(args.publicUrl);
    const port = portNumber(perimeter, { to: "edge", port: "https" });

    const leaf = new WorkloadCertificate(
      name,
      { ca, identity: spiffeId(perimeter, "edge"), dnsNames: ["edge"], usages: ["client"] },
      { parent: this },
    );
    const shown = new WorkloadCertificate(
      `${name}-public`,
      { ca, identity: spiffeId(perimeter, "edge"), ...publicNames(url), usages: ["server"] },
      { parent: this },
    );
    const cookieKey = new random.RandomPassword(`${name}-cookie-key`, { length: 64, special: false }, { parent: this });

    const config = pulumi
      .all([
        args.identityProvider,
        network.addressOf(INTERNET, "edge"),
        network.addressOf("edge", "guard"),
        network.addressOf("edge", "egress"),
      ])
      .apply(([identityProvider, own, guard, egress]) =>
        edgeConfig({
          directory: FILES,
          origin: url.origin,
          listen: { address: own, port },
          guard: {
            address: guard,
            port: portNumber(perimeter, { to: "guard", port: "mtls" }),
            identity: spiffeId(perimeter, "guard"),
          },
          identityProvider,
          provider: {
            address: egress,
            port: portNumber(perimeter, { to: "egress", port: "identity" }),
            end: args.providerEnd,
          },
        }),
      );

    network.run(
      {
        workload: "edge",
        publish: { port, hostPort: Number(url.port || 443) },
        containers: [
          envoyContainer({
            name: "edge",
            image: args.image,
            user: USERS.edge,
            config,
            files: [
              ...leafFiles(leaf, ca),
              ...certificateFiles(PUBLIC_CERTIFICATE, shown),
              ...secretFiles(CLIENT_SECRET, args.clientSecret),
              ...secretFiles(COOKIE_KEY, pulumi.secret(cookieKey.result)),
            ],
          }),
        ],
      },
      this,
    );
    this.registerOutputs({});
  }
}

function publicNames({ hostname }: URL): { dnsNames?: string[]; ipAddresses?: string[] } {
  const isAddress = /^[0-9.]+$|^\[/.test(hostname);
  return isAddress ? { ipAddresses: [hostname.replace(/[[\]]/g, "")] } : { dnsNames: [hostname] };
}
