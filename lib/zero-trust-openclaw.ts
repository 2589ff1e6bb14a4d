import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { AuthProxy } from "./access/auth-proxy";
import type { ProviderEnd } from "./access/connection";
import { discoverEndpoints } from "./access/discovery";
import {
  believedTokens,
  type IdentityProviderArgs,
  providerHosts,
  resolveIdentityProvider,
  validateIdentityProvider,
} from "./access/identity-provider";
import { DEFAULT_LOGIN, type LoginArgs, LoginKind } from "./access/login";
import { validateLogin } from "./access/login-args";
import { OAuth2Proxy, type OAuth2ProxyArgs } from "./access/oauth2-proxy";
import { PolicyEnforcementPoint } from "./access/policy-enforcement-point";
import type { IdentityProvider } from "./access/provider";
import { type RateLimitArgs, resolveRateLimits } from "./access/rate-limits";
import type { Role } from "./access/role";
import { type RoleArgs, resolveRoles } from "./access/roles";
import { SessionStore } from "./access/session-store";
import {
  DEMO_CLIENT_ID,
  DemoIdentityProvider,
  type DemoIdentityProviderBehaviour,
  type DemoUser,
  type DemoUserArgs,
} from "./demo/identity-provider";
import { requireLocal } from "./demo/local-only";
import { DEMO_MODEL_SETTINGS, DemoModel } from "./demo/model";
import { EgressGateway, type EgressModelArgs, type EgressPassThroughArgs } from "./egress/egress-gateway";
import type { Model } from "./egress/model";
import { type ModelArgs, resolveModel } from "./egress/models";
import { CLIENT_SECRET } from "./envoy";
import { type CredentialSource, checkCredentials } from "./openclaw/credentials";
import { OpenClawGateway } from "./openclaw/gateway";
import { DEMO_IDENTITY_PROVIDER, DEMO_MODEL, DEMO_SIGNING_KEY, openClawPerimeter } from "./openclaw/perimeter";
import { type AgentArgs, type AgentPosture, agentPosture, agentProblems } from "./openclaw/posture";
import { type OpenPosture, postureReport } from "./openclaw/posture-report";
import { DEFAULT_TRUST_DOMAIN, diagram, dnsNameProblem, type Perimeter } from "./perimeter";
import { isAddress } from "./perimeter/cidr";
import { CertificateAuthority, type OwnAuthorityArgs } from "./pki";
import { validateAuthority } from "./pki/authority-args";
import { leafHours, MAX_LEAF_HOURS } from "./pki/lifetime";
import { completePerimeter, type PlatformArgs, platformOf } from "./platforms";
import { type Snapshot, takeSnapshot } from "./review";
import { SegmentedNetwork } from "./segmented-network";

/** Images to use instead of the tested ones; best with a digest. */
export interface ImagesArgs {
  /** @default "envoyproxy/envoy:v1.40.0" */
  envoy?: string;
  /** @default "ghcr.io/openclaw/openclaw:2026.9.6" */
  openclaw?: string;
  /** @default "zero-trust-openclaw/demo-identity-provider:0.1.0" */
  demoIdentityProvider?: string;
  /** @default "zero-trust-openclaw/demo-model:0.1.0" */
  demoModel?: string;
  /** @default "zero-trust-openclaw/policy-administrator:0.1.0" */
  policyAdministrator?: string;
  /** @default "quay.io/oauth2-proxy/oauth2-proxy:v7.15.3" */
  oauth2Proxy?: string;
  /** @default "valkey/valkey:9.1.2" */
  sessionStore?: string;
  /** @default "smallstep/step-ca:0.30.2" */
  stepCa?: string;
}

/** Parts that stand in for what is outside, on localhost only. */
export interface DemoArgs {
  /** Who can sign in, when no `identityProvider` is given. Passwords are generated. */
  users: DemoUserArgs[];
  /** @default - as Envoy's login wants it, with tokens of ten minutes */
  identityProvider?: DemoIdentityProviderBehaviour;
}

export interface ZeroTrustOpenClawArgs {
  /** Where to deploy to: `docker()` or `kubernetes()`. */
  platform: PlatformArgs;
  /** https URL people open, such as `https://openclaw.example.com`. */
  publicUrl: string;
  /**
   * Where people sign in.
   * @default - required, unless `demo` is given
   */
  identityProvider?: IdentityProviderArgs;
  /**
   * How people sign in there.
   * @default - Envoy's own login in the edge
   */
  login?: LoginArgs;
  /** Who may do what. A person in no role gets in nowhere. */
  roles: Record<string, RoleArgs>;
  /**
   * Whom to ask, on the pages for people who are turned away: a name, an address or a URL.
   * @default - "whoever runs this OpenClaw"
   */
  contact?: string;
  /**
   * How much one address or one person may ask.
   * @default - far above what people do; see `RateLimitArgs`
   */
  rateLimits?: RateLimitArgs;
  /**
   * Models OpenClaw may ask; the first is its default. At least one, unless `demo` is given: then a canned answer stands in.
   * @default - required, unless `demo` is given
   */
  models?: ModelArgs[];
  /**
   * What the agent may do besides talking.
   * @default - nothing: no shell, no files, no browser, no web
   */
  agent?: AgentArgs;
  /**
   * Stand-ins for the identity provider and the model, where none is given. Refused for a URL that is not localhost.
   * @default - none
   */
  demo?: DemoArgs;
  /**
   * SPIFFE trust domain of the internal identities. With an issuer that signs for others too it must be this deployment's own.
   * @default "openclaw.internal"
   */
  trustDomain?: string;
  /**
   * How long internal certificates live, `"1h"` to `"24h"`.
   * @default "24h"
   */
  leafLifetime?: string;
  /**
   * The internal CA, if it is not to be made here with its root's key in the state.
   * @default - a CA of its own
   */
  certificateAuthority?: OwnAuthorityArgs;
  /**
   * Name of the volume with OpenClaw's state. One that was kept from an earlier deployment is used again. The list of those who were
   * revoked is in a volume of this name with `-revocations` behind it. On Kubernetes they are a PersistentVolumeClaim in the agent's
   * namespace and a Secret in the application's, both there already.
   * @default - new volumes
   */
  stateVolume?: string;
  /**
   * Name of the volume with OpenClaw's state that a deployment of another kind left: a Docker volume, or a PersistentVolumeClaim in the
   * namespace of the agent. It is used as it is; what ran on it must have ended. Instead of `stateVolume`: the list of those who were
   * revoked begins in a new volume, since there is none yet.
   * @default - none
   */
  existingState?: string;
  /** @default - the tested images */
  images?: ImagesArgs;
}

/**
 * OpenClaw inside a zero-trust perimeter: people sign in at the edge, the guard verifies them again and says what they may do,
 * OpenClaw believes nobody else, and what it asks outside goes through a gateway that holds the keys.
 *
 * What an authorised person tells the agent to do is not restrained by this; what the agent can reach is.
 *
 * @throws InputPropertyError for a URL that is not https, an unknown provider, a lifetime over 24 hours, a demo off localhost, a state
 * named twice
 * @throws InputPropertiesError naming every role that is wrong, or everything wrong about the agent
 * @throws PerimeterError naming everything that is wrong with the perimeter
 * @example
 * const claw = new ZeroTrustOpenClaw("assistant", {
 *   platform: docker(),
 *   publicUrl: "https://openclaw.example.com",
 *   identityProvider: { issuer: "https://login.example.com", clientId: "openclaw", clientSecret },
 *   roles: {
 *     admin: { groups: ["platform-admins"], requireMfa: true },
 *     operator: { groups: ["support"] },
 *     viewer: { groups: ["everyone"] },
 *   },
 *   models: [{ provider: "openai", apiKey }],
 * });
 * export const url = claw.url;
 */
export class ZeroTrustOpenClaw extends pulumi.ComponentResource {
  /** What people open. */
  readonly url: string;
  /** PEM of the internal CA's roots. */
  readonly trustBundle: pulumi.Output<string>;
  /** Who may talk to whom. */
  readonly perimeter: Perimeter;
  /** The perimeter as a Mermaid flowchart. */
  readonly diagram: string;
  /** What is open of the agent and why that matters; empty when all is closed. */
  readonly agentPosture: OpenPosture[];
  /** All of it that a change is judged by, without secrets: compare two with `diffSnapshots`. Known before anything is deployed. */
  readonly snapshot: Snapshot;
  /** Demo users with their passwords; a secret, empty with an identity provider of your own. */
  readonly demoUsers: pulumi.Output<DemoUser[]>;

  constructor(name: string, args: ZeroTrustOpenClawArgs, opts?: pulumi.ComponentResourceOptions) {
    // Before the component itself is registered: a refused deployment leaves no trace in the state.
    const roles = validateArgs(name, args);
    super("zero-trust-openclaw:index:ZeroTrustOpenClaw", name, { publicUrl: args.publicUrl, roles: args.roles }, opts);
    const parent = { parent: this };
    const { publicUrl, images = {} } = args;
    const models = chooseModels(args);
    const agent = agentPosture(args.agent);
    const kind = validateLogin(args.login ?? DEFAULT_LOGIN);
    const perimeter = perimeterOf(args, kind, models);

    const network = new SegmentedNetwork(name, { platform: args.platform, perimeter }, parent);
    const ca = new CertificateAuthority(
      name,
      { ...args.certificateAuthority, network, leafLifetime: args.leafLifetime, image: images.stepCa },
      parent,
    );
    const userHeader = unguessableHeader(name, this);
    const identity = identityProvider(name, args, network, ca, this);
    const apiKeys = modelKeys(name, args, models, network, ca, this);

    new EgressGateway(
      `${name}-egress`,
      {
        network,
        ca,
        image: images.envoy,
        identityHosts: identity.hosts,
        models: models.map((one, i) => ({
          ...one,
          apiKey: apiKeys[i],
          workload: one.demo ? DEMO_MODEL : undefined,
        })),
      },
      parent,
    );
    new OpenClawGateway(
      `${name}-openclaw`,
      {
        network,
        ca,
        publicUrl,
        roles,
        userHeader,
        models,
        agent,
        stateVolume: args.stateVolume ?? args.existingState,
        image: images.openclaw,
        envoyImage: images.envoy,
      },
      parent,
    );
    const access = {
      network,
      ca,
      identityProvider: identity.provider,
      providerEnd: identity.end,
      login: args.login,
      roles,
      contact: args.contact,
      rateLimits: args.rateLimits,
      image: images.envoy,
    };
    new PolicyEnforcementPoint(
      `${name}-guard`,
      {
        ...access,
        userHeader,
        revocationsVolume: args.stateVolume && `${args.stateVolume}-revocations`,
        administratorImage: images.policyAdministrator,
      },
      parent,
    );
    if (kind === LoginKind.OAuth2Proxy) ownLogin(name, args, access, identity, this);
    new AuthProxy(`${name}-edge`, { ...access, publicUrl, clientSecret: identity.clientSecret }, parent);

    this.url = publicUrl;
    this.trustBundle = ca.roots;
    this.perimeter = perimeter;
    this.diagram = diagram(perimeter);
    this.agentPosture = postureReport(agent);
    this.snapshot = snapshotOf(args, { perimeter, kind, roles, agent });
    this.demoUsers = identity.users;
    this.registerOutputs({
      url: this.url,
      trustBundle: this.trustBundle,
      perimeter: this.perimeter,
      diagram: this.diagram,
      agentPosture: this.agentPosture,
      snapshot: this.snapshot,
      demoUsers: this.demoUsers,
    });
  }
}

/** Everything that can be found wrong before the first resource. */
function validateArgs(name: string, args: ZeroTrustOpenClawArgs): Role[] {
  const { publicUrl } = args;
  if (!URL.canParse(publicUrl) || new URL(publicUrl).protocol !== "https:") {
    refuse("publicUrl", `"${publicUrl}" is no https URL; write it as https://openclaw.example.com`);
  }
  if (new URL(publicUrl).pathname !== "/") {
    refuse(
      "publicUrl",
      `"${publicUrl}" has a path, and OpenClaw has a host for itself; use ${new URL(publicUrl).origin}`,
    );
  }
  validateAuthority(
    { ...args.certificateAuthority, leafLifetime: args.leafLifetime },
    "certificateAuthority.",
    platformOf(args.platform).issuerRoots,
  );
  if (args.demo) requireLocal(publicUrl);
  if (args.existingState !== undefined && args.stateVolume !== undefined)
    refuse("existingState", "names a volume with OpenClaw's state, and stateVolume does too; keep one of them");
  resolveRateLimits(args.rateLimits);
  const kind = validateLogin(args.login ?? DEFAULT_LOGIN);
  if (kind === LoginKind.Assertion && args.demo && !args.identityProvider)
    refuse("login.engine", `"assertion" needs the proxy that signs people in; name it as identityProvider`);
  if (args.identityProvider) validateIdentityProvider(args.identityProvider, kind === LoginKind.Assertion);
  else if (!args.demo)
    refuse(
      "identityProvider",
      "is missing; name its issuer, clientId and clientSecret, or give demo users for a try on localhost",
    );
  if (!args.models?.length && !args.demo)
    refuse("models", 'is empty; name at least one, such as { provider: "openai", apiKey }');
  const perimeter = perimeterOf(args, kind, chooseModels(args));
  checkPublicHost(perimeter, publicUrl);
  const platform = platformOf(args.platform);
  platform.check(name, perimeter);
  checkCredentials(credentialSources(args, kind), platform.existingCredentials);
  const errors = agentProblems(args.agent);
  if (errors.length > 0)
    throw new pulumi.InputPropertiesError({ message: "the agent's posture is not usable", errors });
  checkContact(args.contact);
  const roles = resolveRoles(args.roles);
  refuseOwnClient(roles, args.identityProvider?.clientId ?? DEMO_CLIENT_ID);
  return roles;
}

function perimeterOf(args: ZeroTrustOpenClawArgs, login: LoginKind, models: ChosenModel[]): Perimeter {
  const { identityProvider } = args;
  const own = openClawPerimeter({
    trustDomain: args.trustDomain ?? DEFAULT_TRUST_DOMAIN,
    login,
    publicHost: hostnameOf(args.publicUrl),
    identityProvider: identityProvider
      ? { hosts: providerHosts(identityProvider), ranges: identityProvider.privateRanges }
      : "demo",
    models: models.map(({ port, model, demo }) => ({
      port,
      host: demo ? "demo" : hostOf(model.baseUrl),
      ranges: model.privateRanges,
    })),
  });
  return completePerimeter(args.platform, own);
}

/** Whence each credential comes that a program may give. */
function credentialSources(args: ZeroTrustOpenClawArgs, login: LoginKind): CredentialSource[] {
  const { identityProvider: own, models = [] } = args;
  const provider = own ? {} : { madeBy: "the demo's identity provider" };
  return [
    ...(login === LoginKind.Assertion
      ? []
      : [
          {
            credential: CLIENT_SECRET,
            propertyPath: "identityProvider.clientSecret",
            given: own?.clientSecret !== undefined,
            ...provider,
          },
        ]),
    ...(own
      ? []
      : [
          { credential: DEMO_SIGNING_KEY, propertyPath: "demo.identityProvider.signingKey", given: false, ...provider },
        ]),
    ...chooseModels(args).map(({ port, demo }, i) => ({
      credential: port,
      propertyPath: `models[${i}].apiKey`,
      given: models[i]?.apiKey !== undefined,
      ...(demo ? { madeBy: "the demo's model" } : {}),
    })),
  ];
}

interface Resolved {
  perimeter: Perimeter;
  kind: LoginKind;
  roles: Role[];
  agent: AgentPosture;
}

function snapshotOf(args: ZeroTrustOpenClawArgs, { perimeter, kind, roles, agent }: Resolved): Snapshot {
  const { platform, publicUrl, identityProvider: own, leafLifetime } = args;
  return takeSnapshot({
    project: pulumi.getProject(),
    stack: pulumi.getStack(),
    perimeter,
    leafHours: leafHours(leafLifetime ?? `${MAX_LEAF_HOURS}h`, "leafLifetime"),
    entrance: { url: publicUrl, ...platformOf(platform).entrance },
    login: kind,
    identityProvider: own
      ? { issuer: own.issuer, jwks: own.endpoints?.jwks, ...believedTokens(own) }
      : { issuer: "demo", ...believedTokens({ issuer: "demo", clientId: DEMO_CLIENT_ID }) },
    roles,
    agent,
  });
}

/** The certificate that browsers see carries it, so it must be a name that can stand there, and nobody else's. */
function checkPublicHost({ workloads }: Perimeter, publicUrl: string): void {
  const host = hostnameOf(publicUrl);
  const problem = isAddress(host) ? undefined : dnsNameProblem(host);
  if (problem !== undefined) refuse("publicUrl", `host "${host}" ${problem}`);
  if (workloads.some(({ name }) => name === host && name !== "edge"))
    refuse("publicUrl", `"${host}" is the name of a workload inside; use another host, such as openclaw.example.com`);
}

/** An IPv6 address without its brackets. */
function hostnameOf(url: string): string {
  return new URL(url).hostname.replace(/[[\]]/g, "");
}

function checkContact(contact: string | undefined): void {
  if (contact === undefined || /^[^\p{Cc}]{1,200}$/u.test(contact)) return;
  refuse("contact", "is empty, longer than 200 characters, or has line breaks; write a name, an address or a URL");
}

/** People's tokens name the deployment's own client too: as a program it would be everybody without an address. */
function refuseOwnClient(roles: Role[], clientId: string): void {
  const role = roles.find(({ clients }) => clients.includes(clientId));
  if (role)
    refuse(
      `roles.${role.name}.clients`,
      `"${clientId}" is the client people sign in with; give the program one of its own`,
    );
}

interface ChosenModel {
  port: string;
  model: Model;
  demo: boolean;
}

function chooseModels({ models = [] }: ZeroTrustOpenClawArgs): ChosenModel[] {
  if (models.length === 0) return [{ port: "model-demo", model: DEMO_MODEL_SETTINGS, demo: true }];
  return models.map((one, i) => {
    const model = resolveModel(one, `models[${i}]`);
    const earlier = models.slice(0, i).filter(({ provider }) => provider === one.provider).length;
    return { port: `model-${one.provider}${earlier > 0 ? `-${earlier + 1}` : ""}`, model, demo: false };
  });
}

function unguessableHeader(name: string, parent: pulumi.Resource): pulumi.Output<string> {
  const suffix = new random.RandomId(`${name}-user-header`, { byteLength: 16 }, { parent });
  return pulumi.secret(pulumi.interpolate`x-oc-user-${suffix.hex}`);
}

interface Identity {
  provider: pulumi.Input<IdentityProvider>;
  clientSecret?: pulumi.Input<string>;
  hosts: EgressPassThroughArgs[];
  end?: ProviderEnd;
  users: pulumi.Output<DemoUser[]>;
}

function identityProvider(
  name: string,
  { identityProvider: own, demo, publicUrl, images }: ZeroTrustOpenClawArgs,
  network: SegmentedNetwork,
  ca: CertificateAuthority,
  parent: pulumi.Resource,
): Identity {
  if (own) {
    const endpoints = own.endpoints ?? discoverEndpoints(own.issuer);
    return {
      provider: pulumi.output(endpoints).apply((found) => resolveIdentityProvider(own, found)),
      clientSecret: own.clientSecret && pulumi.secret(own.clientSecret),
      hosts: providerHosts(own).map(({ name, port }) => ({ serverName: name, port, privateRanges: own.privateRanges })),
      users: pulumi.output([]),
    };
  }
  const stand = new DemoIdentityProvider(
    `${name}-identity-provider`,
    {
      network,
      ca,
      publicUrl,
      users: demo?.users ?? [],
      image: images?.demoIdentityProvider,
      ...demo?.identityProvider,
    },
    { parent },
  );
  return {
    provider: stand.identityProvider,
    clientSecret: stand.clientSecret,
    hosts: [{ serverName: stand.end.serverName, workload: DEMO_IDENTITY_PROVIDER }],
    end: stand.end,
    users: stand.users,
  };
}

/** oauth2-proxy and the store of its sessions. */
function ownLogin(
  name: string,
  { login, publicUrl, images = {} }: ZeroTrustOpenClawArgs,
  access: Pick<OAuth2ProxyArgs, "network" | "ca" | "identityProvider" | "providerEnd" | "roles">,
  { clientSecret }: Identity,
  parent: pulumi.Resource,
): void {
  const { network, ca } = access;
  const store = { network, ca, image: images.sessionStore, envoyImage: images.envoy };
  new SessionStore(`${name}-session-store`, store, { parent });
  new OAuth2Proxy(
    `${name}-login`,
    {
      ...access,
      publicUrl,
      clientSecret,
      refreshSeconds: login?.refreshSeconds,
      image: images.oauth2Proxy,
      envoyImage: images.envoy,
    },
    { parent },
  );
}

function modelKeys(
  name: string,
  args: ZeroTrustOpenClawArgs,
  models: ChosenModel[],
  network: SegmentedNetwork,
  ca: CertificateAuthority,
  parent: pulumi.Resource,
): EgressModelArgs["apiKey"][] {
  if (!models.some(({ demo }) => demo)) return (args.models ?? []).map(({ apiKey }) => apiKey && pulumi.secret(apiKey));
  const demo = new DemoModel(`${name}-demo-model`, { network, ca, image: args.images?.demoModel }, { parent });
  return [demo.apiKey];
}

function hostOf(url: string): { name: string; port: number } {
  const { hostname, port } = new URL(url);
  return { name: hostname, port: Number(port || 443) };
}

function refuse(propertyPath: string, reason: string): never {
  throw new pulumi.InputPropertyError({ propertyPath, reason });
}
