import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { CLIENT_SECRET, COOKIE_KEY } from "../envoy";
import { envoyContainer, secretFiles } from "../internal/envoy-container";
import { USERS } from "../internal/users";
import { LOGIN } from "../openclaw/perimeter";
import { INTERNET, portNumber, spiffeId } from "../perimeter";
import { type CertificateAuthority, WorkloadCertificate } from "../pki";
import { FILES, type FileSpec } from "../platforms";
import type { SegmentedNetwork } from "../segmented-network";
import type { ProviderEnd } from "./connection";
import { acceptsPrograms } from "./decision";
import { edgeConfig, PUBLIC_CERTIFICATE } from "./edge-config";
import { DEFAULT_LOGIN, type LoginArgs, LoginKind } from "./login";
import { validateLogin } from "./login-args";
import { handOver } from "./login-engine";
import { loginEngine } from "./login-engines";
import { pages } from "./pages";
import type { IdentityProvider } from "./provider";
import { limitsFor, type RateLimitArgs, resolveRateLimits } from "./rate-limits";
import type { Role } from "./role";

export interface AuthProxyArgs {
  network: SegmentedNetwork;
  ca: CertificateAuthority;
  /** https URL people open, such as `https://openclaw.example.com`. */
  publicUrl: string;
  identityProvider: pulumi.Input<IdentityProvider>;
  /** @default - required, unless a proxy in front signs people in */
  clientSecret?: pulumi.Input<string>;
  /**
   * How people sign in.
   * @default - Envoy's own login
   */
  login?: LoginArgs;
  /** From `resolveRoles`: for the log, and to know whether programs may bring a token of their own. */
  roles: Role[];
  /**
   * Whom to ask, for people who are turned away.
   * @default - "whoever runs this OpenClaw"
   */
  contact?: string;
  /** @default - see `RateLimitArgs` */
  rateLimits?: RateLimitArgs;
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
      { ca, identity: spiffeId(perimeter, "edge"), usages: ["client"], user: USERS.edge },
      { parent: this },
    );
    const shown = new WorkloadCertificate(
      `${name}-public`,
      { ca, identity: spiffeId(perimeter, "edge"), ...publicNames(url), usages: ["server"], user: USERS.edge },
      { parent: this },
    );
    const kind = validateLogin(args.login ?? DEFAULT_LOGIN);
    const { token, signOut } = handOver(kind, args.login);
    const limits = limitsFor(network.clientAddress, resolveRateLimits(args.rateLimits));
    const ownLogin = kind === LoginKind.Envoy;

    const config = pulumi
      .all([
        args.identityProvider,
        network.listenOf(INTERNET, "edge"),
        network.addressOf("edge", "guard"),
        network.addressOf("edge", "egress"),
        kind === LoginKind.OAuth2Proxy ? network.addressOf("edge", LOGIN) : undefined,
      ])
      .apply(([identityProvider, own, guard, egress, loginAddress]) => {
        const provider = {
          address: egress,
          port: portNumber(perimeter, { to: "egress", port: "identity" }),
          end: args.providerEnd,
        };
        const login = loginEngine(
          kind,
          {
            directory: FILES,
            origin: url.origin,
            identityProvider,
            provider,
            acceptBearer: acceptsPrograms(args.roles),
            limits,
          },
          loginAddress === undefined
            ? undefined
            : {
                address: loginAddress,
                port: portNumber(perimeter, { to: LOGIN, port: "mtls" }),
                identity: spiffeId(perimeter, LOGIN),
              },
        );
        return edgeConfig({
          directory: FILES,
          origin: url.origin,
          listen: { address: own, port },
          clientAddress: network.clientAddress,
          guard: {
            address: guard,
            port: portNumber(perimeter, { to: "guard", port: "mtls" }),
            identity: spiffeId(perimeter, "guard"),
          },
          identityProvider,
          provider,
          login,
          token,
          roles: args.roles,
          pages: pages(args.contact, signOut),
          limits,
        });
      });

    network.run(
      {
        workload: "edge",
        publish: { port, hostPort: Number(url.port || 443), host: url.hostname, roots: ca.roots },
        containers: [
          envoyContainer(
            {
              name: "edge",
              image: args.image,
              user: USERS.edge,
              config,
              files: ownLogin ? loginSecrets(name, args.clientSecret, this) : [],
              peers: {
                callees: ["guard", ...(kind === LoginKind.OAuth2Proxy ? [LOGIN] : [])].map((callee) =>
                  spiffeId(perimeter, callee),
                ),
              },
              leaf,
              certificates: { [PUBLIC_CERTIFICATE]: shown },
            },
            ca,
          ),
        ],
      },
      this,
    );
    this.registerOutputs({});
  }
}

/** What the edge's own login holds; with another engine it holds neither. */
function loginSecrets(
  name: string,
  clientSecret: pulumi.Input<string> | undefined,
  parent: pulumi.Resource,
): FileSpec[] {
  const cookieKey = new random.RandomPassword(`${name}-cookie-key`, { length: 64, special: false }, { parent });
  return [
    ...(clientSecret ? secretFiles(CLIENT_SECRET, clientSecret) : []),
    ...secretFiles(COOKIE_KEY, pulumi.secret(cookieKey.result)),
  ];
}

function publicNames({ hostname }: URL): { dnsNames?: string[]; ipAddresses?: string[] } {
  const isAddress = /^[0-9.]+$|^\[/.test(hostname);
  return isAddress ? { dnsNames: [], ipAddresses: [hostname.replace(/[[\]]/g, "")] } : { dnsNames: [hostname] };
}
