import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";
import type { ProviderEnd } from "../access/connection";
import { DEFAULT_MFA, DEFAULT_SCOPES } from "../access/identity-provider";
import type { IdentityProvider } from "../access/provider";
import { CALLBACK_PATH, LEAF } from "../envoy";
import { mounted, rootFiles } from "../internal/envoy-container";
import { USERS } from "../internal/users";
import { DEMO_IDENTITY_PROVIDER } from "../openclaw/perimeter";
import { portNumber, spiffeId } from "../perimeter";
import { type CertificateAuthority, WorkloadCertificate } from "../pki";
import { CERTIFICATES, FILES } from "../platforms";
import type { SegmentedNetwork } from "../segmented-network";
import { requireLocal } from "./local-only";

/** Somebody who can sign in at the demo identity provider. */
export interface DemoUserArgs {
  email: string;
  name: string;
  groups: string[];
  /**
   * Ask for a one-time code too.
   * @default false
   */
  secondFactor?: boolean;
}

/** A demo user with what is needed to sign in. */
export interface DemoUser {
  email: string;
  name: string;
  groups: string[];
  password: string;
  /** Base32 secret of the one-time codes. */
  totp?: string;
}

/** A program that signs in with a secret of its own instead of a person. */
export interface DemoMachineClientArgs {
  /** Letters a-z, digits and hyphens. */
  clientId: string;
  /** What its access tokens say in `aud`. */
  audience: string;
}

/** A machine client with what it needs to sign in. */
export interface DemoMachineClient {
  clientId: string;
  clientSecret: string;
}

/** How the demo identity provider behaves; the defaults suit Envoy's login. */
export interface DemoIdentityProviderBehaviour {
  /**
   * Seconds that ID and access tokens live, alike: new requests of a dismissed user are refused after it.
   * @default 600
   */
  tokenSeconds?: number;
  /**
   * Give a new refresh token at each refresh, and end the session if a used one comes again.
   * @default false
   */
  rotateRefreshTokens?: boolean;
  /**
   * Name of the signing key. Another name makes another key, which is taken up without a restart; the old one stays published until
   * what it signed has expired.
   * @default "1"
   */
  signingKey?: string;
  /**
   * Programs that get access tokens by client credentials. Their secrets are generated.
   * @default - none
   */
  machineClients?: DemoMachineClientArgs[];
}

export interface DemoIdentityProviderArgs extends DemoIdentityProviderBehaviour {
  network: SegmentedNetwork;
  ca: CertificateAuthority;
  /** URL of the deployment; only localhost. */
  publicUrl: string;
  users: DemoUserArgs[];
  /** @default "zero-trust-openclaw/demo-identity-provider:0.1.0" */
  image?: string;
}

/** The client people sign in with. */
export const DEMO_CLIENT_ID = "openclaw";
/** Path of the edge below which it is reached. */
const PATH = "/demo-identity";
const TOKEN_SECONDS = 600;
const SIGNING_KEY = "1";

/**
 * A real OpenID Connect server for one machine, with generated passwords. Whoever reads the stack's outputs can be anybody: it refuses
 * every URL but localhost, here and again when it starts.
 *
 * Serves requirements 2, 8 and 26.
 */
export class DemoIdentityProvider extends pulumi.ComponentResource {
  /** As edge and guard need it. */
  readonly identityProvider: IdentityProvider;
  readonly end: ProviderEnd;
  /** A secret. */
  readonly clientSecret: pulumi.Output<string>;
  /** A secret. */
  readonly users: pulumi.Output<DemoUser[]>;
  /** A secret. */
  readonly machineClients: pulumi.Output<DemoMachineClient[]>;

  constructor(name: string, args: DemoIdentityProviderArgs, opts?: pulumi.ComponentResourceOptions) {
    requireLocal(args.publicUrl);
    super(
      "zero-trust-openclaw:index:DemoIdentityProvider",
      name,
      { publicUrl: args.publicUrl, users: args.users },
      opts,
    );
    const { network, ca } = args;
    const parent = { parent: this };
    const identity = spiffeId(network.perimeter, DEMO_IDENTITY_PROVIDER);
    const { origin } = new URL(args.publicUrl);
    const issuer = `${origin}${PATH}`;

    const leaf = new WorkloadCertificate(
      name,
      { ca, identity, usages: ["server"], user: USERS.identityProvider },
      parent,
    );
    const { tokenSeconds = TOKEN_SECONDS, rotateRefreshTokens = false, signingKey = SIGNING_KEY } = args;
    const key = new tls.PrivateKey(
      `${name}-signing-key${signingKey === SIGNING_KEY ? "" : `-${signingKey}`}`,
      { algorithm: "ECDSA", ecdsaCurve: "P256" },
      parent,
    );
    const clientSecret = generated(`${name}-client-secret`, 48, this);
    const users = pulumi.all(args.users.map((user) => completeUser(name, user, this)));
    const machines = (args.machineClients ?? []).map(({ clientId, audience }) => ({
      clientId,
      audience,
      clientSecret: generated(`${name}-machine-${clientId}`, 48, this),
    }));
    const port = portNumber(network.perimeter, { to: DEMO_IDENTITY_PROVIDER, port: "https" });
    const config = pulumi.output(network.listenOf("egress", DEMO_IDENTITY_PROVIDER)).apply((host) =>
      JSON.stringify({
        issuer,
        clientId: DEMO_CLIENT_ID,
        redirectUris: [`${origin}${CALLBACK_PATH}`],
        postLogoutRedirectUris: [`${origin}/`],
        listen: { host, port },
        tokenLifetimeSeconds: tokenSeconds,
        rotateRefreshTokens,
        machineClients: machines.map(({ clientId, audience }) => ({ clientId, audience })),
      }),
    );

    network.run(
      {
        workload: DEMO_IDENTITY_PROVIDER,
        containers: [
          {
            name: DEMO_IDENTITY_PROVIDER,
            image: args.image ?? "zero-trust-openclaw/demo-identity-provider:0.1.0",
            command: ["/usr/local/bin/node", "/app/src/main.js"],
            user: USERS.identityProvider,
            files: [
              { name: "config.json", content: config },
              { name: "client-secret", content: clientSecret },
              { name: "cookie-key", content: generated(`${name}-cookie-key`, 48, this) },
              ...machines.map(({ clientId, clientSecret: content }) => ({
                name: `machine-client-${clientId}`,
                content,
              })),
              { name: "signing-key.pem", content: pulumi.secret(key.privateKeyPemPkcs8), hot: true },
              { name: "users.json", content: users.apply((all) => JSON.stringify(all)) },
              ...rootFiles(ca),
            ],
            certificates: mounted({ [LEAF]: leaf }),
            environment: { FILES, CERTIFICATE: `${CERTIFICATES}/${LEAF}` },
            scratch: ["/tmp"],
            memoryMiB: 256,
            processes: 128,
            health: {
              kind: "https",
              address: network.listenOf("egress", DEMO_IDENTITY_PROVIDER),
              port,
              serverName: DEMO_IDENTITY_PROVIDER,
              path: `${PATH}/healthz`,
              expect: '"ready":true',
            },
          },
        ],
      },
      this,
    );

    this.identityProvider = {
      issuer,
      clientId: DEMO_CLIENT_ID,
      endpoints: {
        authorization: `${issuer}/auth`,
        token: `${issuer}/token`,
        jwks: `${issuer}/jwks`,
        endSession: `${issuer}/session/end`,
      },
      scopes: DEFAULT_SCOPES,
      groupsClaim: "groups",
      acceptUnverifiedEmail: false,
      mfa: { amr: DEFAULT_MFA, acr: [] },
      audiences: [DEMO_CLIENT_ID],
    };
    this.end = { serverName: DEMO_IDENTITY_PROVIDER, peer: { identity }, path: PATH };
    this.clientSecret = clientSecret;
    this.users = pulumi.secret(users);
    this.machineClients = pulumi.secret(
      pulumi.all(
        machines.map(({ clientId, clientSecret: secret }) =>
          secret.apply((value) => ({ clientId, clientSecret: value })),
        ),
      ),
    );
    this.registerOutputs({ issuer, users: this.users });
  }
}

function generated(name: string, length: number, parent: pulumi.Resource): pulumi.Output<string> {
  return pulumi.secret(new random.RandomPassword(name, { length, special: false }, { parent }).result);
}

function completeUser(name: string, user: DemoUserArgs, parent: pulumi.Resource): pulumi.Output<DemoUser> {
  const id = `${name}-${user.email.split("@")[0]}`;
  const { email, name: fullName, groups } = user;
  const password = generated(`${id}-password`, 20, parent);
  if (!user.secondFactor) return password.apply((secret) => ({ email, name: fullName, groups, password: secret }));
  const totp = oneTimeSecret(`${id}-totp`, parent);
  return pulumi
    .all([password, totp])
    .apply(([secret, seed]) => ({ email, name: fullName, groups, password: secret, totp: seed }));
}

/** 160 bits in the letters of base32, as authenticator apps want them. */
function oneTimeSecret(name: string, parent: pulumi.Resource): pulumi.Output<string> {
  const alphabet = { lower: false, numeric: false, upper: true, special: true, overrideSpecial: "234567" };
  return pulumi.secret(new random.RandomPassword(name, { length: 32, ...alphabet }, { parent }).result);
}
