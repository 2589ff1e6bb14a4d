import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { credentialFile } from "../internal/credential-file";
import { envoyContainer } from "../internal/envoy-container";
import { USERS } from "../internal/users";
import { LOGIN, SESSION_STORE } from "../openclaw/perimeter";
import { portNumber, spiffeId } from "../perimeter";
import { type CertificateAuthority, WorkloadCertificate } from "../pki";
import { type ContainerSpec, FILES } from "../platforms";
import type { SegmentedNetwork } from "../segmented-network";
import type { ProviderEnd } from "./connection";
import { acceptsPrograms } from "./decision";
import { loginProxyConfig } from "./login-proxy-config";
import { CLIENT_SECRET_FILE, COOKIE_KEY_FILE, OAUTH2_PROXY_PORT, oauth2ProxyConfig } from "./oauth2-proxy-config";
import type { IdentityProvider } from "./provider";
import type { Role } from "./role";

/** Image of oauth2-proxy, used unless the component is given another. */
export const OAUTH2_PROXY_IMAGE = "quay.io/oauth2-proxy/oauth2-proxy:v7.15.3";

export interface OAuth2ProxyArgs {
  network: SegmentedNetwork;
  ca: CertificateAuthority;
  /** https URL people open, such as `https://openclaw.example.com`. */
  publicUrl: string;
  identityProvider: pulumi.Input<IdentityProvider>;
  /** @default - required, unless the platform has it already as credential `client-secret` */
  clientSecret?: pulumi.Input<string>;
  /** From `resolveRoles`: to know whether programs may bring a token of their own. */
  roles: Role[];
  /**
   * Seconds after which a session is refreshed; at most half of what the provider's ID tokens live.
   * @default 60
   */
  refreshSeconds?: number;
  /** @default - the public host of each endpoint */
  providerEnd?: ProviderEnd;
  /** @default "quay.io/oauth2-proxy/oauth2-proxy:v7.15.3" */
  image?: string;
  /** @default "envoyproxy/envoy:v1.40.0" */
  envoyImage?: string;
}

const REFRESH_SECONDS = 60;

/**
 * The login as a workload of its own, which the edge asks about each request: oauth2-proxy with its sessions in the session store. An
 * Envoy in the same network namespace does its TLS on both sides: oauth2-proxy reads its certificate once and has none to show to
 * others, and whoever calls must have exactly the edge's.
 *
 * Serves requirements 2, 10, 17, 18, 25 and 50.
 */
export class OAuth2Proxy extends pulumi.ComponentResource {
  constructor(name: string, args: OAuth2ProxyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("zero-trust-openclaw:index:OAuth2Proxy", name, { publicUrl: args.publicUrl }, opts);
    const { network, ca } = args;
    const leaf = new WorkloadCertificate(
      name,
      { ca, identity: spiffeId(network.perimeter, LOGIN), user: USERS.loginProxy },
      { parent: this },
    );
    const cookieKey = network.existingCredentials.includes(COOKIE_KEY_FILE)
      ? undefined
      : new random.RandomId(`${name}-cookie-key`, { byteLength: 32 }, { parent: this });
    const front = envoyContainer(
      {
        name: "login-proxy",
        image: args.envoyImage,
        user: USERS.loginProxy,
        config: proxyConfig(args),
        peers: {
          callers: [spiffeId(network.perimeter, "edge")],
          callees: [spiffeId(network.perimeter, SESSION_STORE)],
        },
        leaf,
      },
      ca,
    );
    network.run(
      { workload: LOGIN, containers: [oauth2Proxy(args, cookieKey && pulumi.secret(cookieKey.b64Url)), front] },
      this,
    );
    this.registerOutputs({});
  }
}

function oauth2Proxy(args: OAuth2ProxyArgs, cookieKey: pulumi.Output<string> | undefined): ContainerSpec {
  const config = pulumi.output(args.identityProvider).apply((identityProvider) =>
    oauth2ProxyConfig({
      directory: FILES,
      origin: new URL(args.publicUrl).origin,
      identityProvider,
      refreshSeconds: args.refreshSeconds ?? REFRESH_SECONDS,
    }),
  );
  return {
    name: "oauth2-proxy",
    image: args.image ?? OAUTH2_PROXY_IMAGE,
    command: ["/bin/oauth2-proxy", "--config", `${FILES}/oauth2-proxy.cfg`],
    user: USERS.oauth2Proxy,
    files: [
      { name: "oauth2-proxy.cfg", content: config },
      credentialFile(args.network, CLIENT_SECRET_FILE, args.clientSecret),
      credentialFile(args.network, COOKIE_KEY_FILE, cookieKey),
    ],
    memoryMiB: 128,
    processes: 64,
    health: { kind: "tcp", address: "127.0.0.1", port: OAUTH2_PROXY_PORT },
  };
}

function proxyConfig({ network, identityProvider, providerEnd, roles }: OAuth2ProxyArgs): pulumi.Output<string> {
  const { perimeter } = network;
  return pulumi
    .all([
      identityProvider,
      network.listenOf("edge", LOGIN),
      network.addressOf(LOGIN, SESSION_STORE),
      network.addressOf(LOGIN, "egress"),
    ])
    .apply(([provider, own, store, egress]) =>
      loginProxyConfig({
        directory: FILES,
        listen: { address: own, port: portNumber(perimeter, { to: LOGIN, port: "mtls" }) },
        callerIdentity: spiffeId(perimeter, "edge"),
        sessionStore: {
          address: store,
          port: portNumber(perimeter, { to: SESSION_STORE, port: "mtls" }),
          identity: spiffeId(perimeter, SESSION_STORE),
        },
        identityProvider: provider,
        provider: {
          address: egress,
          port: portNumber(perimeter, { to: "egress", port: "identity" }),
          end: providerEnd,
        },
        acceptBearer: acceptsPrograms(roles),
      }),
    );
}
