import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { CLIENT_SECRET, COOKIE_KEY } from "../envoy";
import { envoyCredential } from "../internal/credential-file";
import { envoyContainer } from "../internal/envoy-container";
import { USERS } from "../internal/users";
import { LOGIN } from "../openclaw/perimeter";
import { Authentication, INTERNET, type Perimeter, portNumber, spiffeId } from "../perimeter";
import { type CertificateAuthority, WorkloadCertificate } from "../pki";
import { FILES, type FileSpec } from "../platforms";
import type { SegmentedNetwork } from "../segmented-network";
import type { ProviderEnd } from "./connection";
import { acceptsPrograms } from "./decision";
import { type EdgeUpstream, edgeConfig, PUBLIC_CERTIFICATE } from "./edge-config";
import { DEFAULT_LOGIN, type LoginArgs, LoginKind } from "./login";
import { validateLogin } from "./login-args";
import { handOver } from "./login-engine";
import { loginEngine } from "./login-engines";
import { pages } from "./pages";
import type { IdentityProvider } from "./provider";
import { limitsFor, type RateLimitArgs, resolveRateLimits } from "./rate-limits";
import type { Role } from "./role";

/** What is behind an edge without a guard: an application of yours. */
export interface UpstreamArgs {
  /**
   * Name of the application in the perimeter. The flow from the edge to it says how it is called: `mtls` with a certificate of the CA on
   * both sides, `tls` with one of the application's only, `none` without.
   */
  workload: string;
  /** Name of its port. */
  port: string;
  /**
   * Where it is called, for pods that are there already: the address of their Service.
   * @default - where the network says
   */
  address?: pulumi.Input<string>;
  /**
   * Port at that address, if it is another than the pods'.
   * @default - the port of the workload
   */
  addressPort?: number;
  /**
   * Header that tells it who asks; what a client says by it is removed. One that begins with `x-auth-request-`.
   * @default "x-auth-request-user"
   */
  userHeader?: string;
  /**
   * Header with the names of that person's roles, each followed by a space. One that begins with `x-auth-request-`.
   * @default "x-auth-request-roles"
   */
  rolesHeader?: string;
}

/** The workload by which the identity provider is reached, such as one run by `EgressGateway`. */
export interface WayOutArgs {
  /** @default "egress" */
  workload?: string;
  /**
   * Name of its port for the identity provider.
   * @default "identity"
   */
  port?: string;
}

export interface AuthProxyArgs {
  network: SegmentedNetwork;
  ca: CertificateAuthority;
  /** https URL people open, such as `https://openclaw.example.com`. */
  publicUrl: string;
  identityProvider: pulumi.Input<IdentityProvider>;
  /** @default - required, unless a proxy in front signs people in, or the platform has it already as credential `client-secret` */
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
  /**
   * Name of this edge in the perimeter; it has a port `https`.
   * @default "edge"
   */
  workload?: string;
  /**
   * An application that this edge stands before alone. It decides itself then: whoever has a role is let in, and the application is told
   * who by headers. There is no guard that ends what is open of somebody who was revoked; sessions end with their tokens.
   * @default - the guard, workload `guard` with port `mtls`
   */
  upstream?: UpstreamArgs;
  /** @default - workload `egress`, port `identity` */
  wayOut?: WayOutArgs;
  /** @default "envoyproxy/envoy:v1.40.0" */
  image?: string;
}

/**
 * The edge: the only way in. Ends the browser's TLS, has people sign in at the identity provider, and passes on only what carries a
 * token that verifies, over mTLS, to the guard. What the client says about itself in headers is removed.
 *
 * With `upstream` it stands before an application of yours instead, and decides itself who may go on.
 *
 * Serves requirements 1, 2, 10, 17, 18, 25, 27, 31 and 32.
 *
 * @throws InputPropertyError for a header that a client could set itself
 * @throws Error if the perimeter has no such workload, port or flow
 * @example
 * new AuthProxy("shop", {
 *   network, ca, publicUrl: "https://shop.example.com", identityProvider, clientSecret,
 *   roles: resolveRoles({ staff: { groups: ["staff"] } }, { scopes: false }),
 *   workload: "front-door", upstream: { workload: "shop", port: "web" },
 * });
 */
export class AuthProxy extends pulumi.ComponentResource {
  constructor(name: string, args: AuthProxyArgs, opts?: pulumi.ComponentResourceOptions) {
    const { network, ca, workload: own = "edge" } = args;
    const { perimeter } = network;
    const behind = edgeUpstream(perimeter, own, args.upstream);
    const wayOut = { to: args.wayOut?.workload ?? "egress", port: args.wayOut?.port ?? "identity" };
    super("zero-trust-openclaw:index:AuthProxy", name, { publicUrl: args.publicUrl }, opts);
    const url = new URL(args.publicUrl);
    const port = portNumber(perimeter, { to: own, port: "https" });

    const leaf = new WorkloadCertificate(
      name,
      { ca, identity: spiffeId(perimeter, own), usages: ["client"], user: USERS.edge },
      { parent: this },
    );
    const shown = new WorkloadCertificate(
      `${name}-public`,
      { ca, identity: spiffeId(perimeter, own), ...publicNames(url), usages: ["server"], user: USERS.edge },
      { parent: this },
    );
    const kind = validateLogin(args.login ?? DEFAULT_LOGIN);
    const { token, signOut } = handOver(kind, args.login);
    const limits = limitsFor(network.clientAddress, resolveRateLimits(args.rateLimits));
    const ownLogin = kind === LoginKind.Envoy;

    const config = pulumi
      .all([
        args.identityProvider,
        network.listenOf(INTERNET, own),
        args.upstream?.address ?? network.addressOf(own, behind.name),
        network.addressOf(own, wayOut.to),
        kind === LoginKind.OAuth2Proxy ? network.addressOf(own, LOGIN) : undefined,
      ])
      .apply(([identityProvider, listen, address, egress, loginAddress]) => {
        const provider = { address: egress, port: portNumber(perimeter, wayOut), end: args.providerEnd };
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
          listen: { address: listen, port },
          clientAddress: network.clientAddress,
          upstream: { ...behind, address, signOut: args.upstream && signOut },
          identityProvider,
          provider,
          login,
          token,
          roles: args.roles,
          pages: pages(args.contact ?? (args.upstream && "whoever runs this application"), signOut),
          limits,
        });
      });

    network.run(
      {
        workload: own,
        publish: { port, hostPort: Number(url.port || 443), host: url.hostname, roots: ca.roots },
        containers: [
          envoyContainer(
            {
              name: own,
              image: args.image,
              user: USERS.edge,
              config,
              files: ownLogin ? loginSecrets(name, network, args.clientSecret, this) : [],
              peers: {
                callees: [
                  ...(behind.peer ? [behind.peer.identity] : []),
                  ...(kind === LoginKind.OAuth2Proxy ? [spiffeId(perimeter, LOGIN)] : []),
                ],
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

const USER_HEADER = "x-auth-request-user";
const ROLES_HEADER = "x-auth-request-roles";

/** What is behind the edge, without its address, as the perimeter says. */
function edgeUpstream(perimeter: Perimeter, edge: string, args?: UpstreamArgs): Omit<EdgeUpstream, "address"> {
  const { workload: name, port } = args ?? { workload: "guard", port: "mtls" };
  const flow = perimeter.flows.find((one) => one.from === edge && one.to === name && one.port === port);
  if (!flow) throw new Error(`the perimeter has no flow from "${edge}" to "${name}" by port "${port}"; declare it`);
  const { authentication } = flow;
  const mutual = authentication === Authentication.Mtls || authentication === Authentication.MtlsJwt;
  const { userHeader = USER_HEADER, rolesHeader = ROLES_HEADER } = args ?? {};
  for (const [path, header] of Object.entries({ userHeader, rolesHeader })) checkHeader(`upstream.${path}`, header);
  return {
    name,
    port: args?.addressPort ?? portNumber(perimeter, flow),
    ...(authentication === Authentication.None
      ? {}
      : { peer: { identity: spiffeId(perimeter, name), present: mutual } }),
    ...(args ? { told: { user: userHeader, roles: rolesHeader } } : {}),
  };
}

function checkHeader(propertyPath: string, header: string): void {
  if (/^x-auth-request-[a-z0-9-]+$/.test(header)) return;
  const reason = `"${header}" is not removed from what clients send; use one that begins with x-auth-request-, in lower case`;
  throw new pulumi.InputPropertyError({ propertyPath, reason });
}

/** What the edge's own login holds; with another engine it holds neither. */
function loginSecrets(
  name: string,
  network: SegmentedNetwork,
  clientSecret: pulumi.Input<string> | undefined,
  parent: pulumi.Resource,
): FileSpec[] {
  const made = network.existingCredentials.includes(COOKIE_KEY)
    ? undefined
    : new random.RandomPassword(`${name}-cookie-key`, { length: 64, special: false }, { parent });
  return [
    ...envoyCredential(network, CLIENT_SECRET, clientSecret),
    ...envoyCredential(network, COOKIE_KEY, made && pulumi.secret(made.result)),
  ];
}

function publicNames({ hostname }: URL): { dnsNames?: string[]; ipAddresses?: string[] } {
  const isAddress = /^[0-9.]+$|^\[/.test(hostname);
  return isAddress ? { dnsNames: [], ipAddresses: [hostname.replace(/[[\]]/g, "")] } : { dnsNames: [hostname] };
}
