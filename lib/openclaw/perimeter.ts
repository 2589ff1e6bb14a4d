import { LoginKind } from "../access/login";
import {
  Authentication,
  type Credential,
  type Flow,
  INTERNET,
  type Perimeter,
  presetZones,
  type Workload,
} from "../perimeter";

export interface OpenClawPerimeterArgs {
  trustDomain: string;
  /**
   * What signs people in; `oauth2-proxy` has workloads of its own.
   * @default "envoy"
   */
  login?: LoginKind;
  /** Hosts of the identity provider's endpoints with their ports, and private ranges they may be in, or the demo. */
  identityProvider: { hosts: { name: string; port: number }[]; ranges?: string[] } | "demo";
  /** Host of the URL people open. */
  publicHost: string;
  /** Model providers by the name of their port at the egress gateway. */
  models: { port: string; host: { name: string; port: number } | "demo"; ranges?: string[] }[];
}

export const DEMO_IDENTITY_PROVIDER = "identity-provider";
export const DEMO_MODEL = "demo-model";
/** What the demo's identity provider signs with. */
export const DEMO_SIGNING_KEY = "signing-key";
/** Workloads of the engine oauth2-proxy. */
export const LOGIN = "login";
export const SESSION_STORE = "session-store";

const EGRESS_MODEL_PORT = 8443;

/**
 * The perimeter of a zero-trust OpenClaw: the one place where its flows are written down. What the platform needs to keep it, such as
 * the issuer of certificates, is added by `completePerimeter`. Pure.
 */
export function openClawPerimeter(args: OpenClawPerimeterArgs): Perimeter {
  const demoModel = args.models.some(({ host }) => host === "demo");
  const demoIdentity = args.identityProvider === "demo";
  const demo = demoIdentity || demoModel;
  return {
    trustDomain: args.trustDomain,
    zones: [...presetZones(), ...(demo ? [{ name: "demo", purpose: "Stands in for the internet on a laptop." }] : [])],
    workloads: [
      ...ownWorkloads(args),
      ...(isOAuth2Proxy(args) ? OAUTH2_PROXY_WORKLOADS : []),
      ...(demoIdentity ? [DEMO_WORKLOADS.identity] : []),
      ...(demoModel ? [DEMO_WORKLOADS.model] : []),
    ],
    flows: [...OWN_FLOWS, ...edgeFlows(args), GUARD_FLOW, ...args.models.flatMap(modelFlows), ...identityFlows(args)],
    credentials: [
      ...(args.login === LoginKind.Assertion ? [] : LOGIN_CREDENTIALS),
      ...args.models.map(({ port }) => ({ name: port, opens: "The model provider's account." })),
      ...(demoIdentity
        ? [{ name: DEMO_SIGNING_KEY, opens: "Everything: it signs the tokens that edge and guard believe." }]
        : []),
    ],
  };
}

function isOAuth2Proxy({ login }: OpenClawPerimeterArgs): boolean {
  return login === LoginKind.OAuth2Proxy;
}

function ownWorkloads(args: OpenClawPerimeterArgs): Workload[] {
  const { publicHost, models, login = LoginKind.Envoy } = args;
  const modelPorts = Object.fromEntries(models.map(({ port }, i) => [port, EGRESS_MODEL_PORT + i]));
  return [
    {
      name: "edge",
      zone: "public",
      ports: { https: 8443 },
      names: publicHost === "edge" ? [] : [publicHost],
      ...(login === LoginKind.Envoy ? { credentials: LOGIN_CREDENTIALS.map(({ name }) => name) } : {}),
    },
    { name: "guard", zone: "application", ports: { mtls: 8443 } },
    { name: "openclaw", zone: "agent", ports: { gateway: 18789 } },
    {
      name: "egress",
      zone: "egress",
      ports: { ...modelPorts, identity: 9443 },
      credentials: models.map(({ port }) => port),
    },
  ];
}

const DEMO_WORKLOADS = {
  identity: { name: DEMO_IDENTITY_PROVIDER, zone: "demo", ports: { https: 8443 }, credentials: [DEMO_SIGNING_KEY] },
  model: { name: DEMO_MODEL, zone: "demo", ports: { https: 8443 } },
} satisfies Record<string, Workload>;

const LOGIN_CREDENTIALS: Credential[] = [
  { name: "client-secret", opens: "Logins at the identity provider in the name of this deployment." },
  { name: "cookie-key", opens: "Every session at the edge." },
];

/** The store knows sessions only in a form that their cookies open, so it holds no credential. */
const OAUTH2_PROXY_WORKLOADS: Workload[] = [
  {
    name: LOGIN,
    zone: "public",
    ports: { mtls: 8443 },
    credentials: LOGIN_CREDENTIALS.map(({ name }) => name),
  },
  { name: SESSION_STORE, zone: "data", ports: { mtls: 6379 } },
];

const OAUTH2_PROXY_FLOWS: Flow[] = [
  {
    from: "edge",
    to: LOGIN,
    port: "mtls",
    authentication: Authentication.Mtls,
    purpose: "Asks who is signed in, and passes sign-in and sign-out through.",
  },
  {
    from: LOGIN,
    to: SESSION_STORE,
    port: "mtls",
    authentication: Authentication.Mtls,
    purpose: "Keeps sessions, encrypted.",
  },
  {
    from: LOGIN,
    to: "egress",
    port: "identity",
    authentication: Authentication.TlsCredential,
    purpose: "Exchanges a login's code for tokens, and refreshes them.",
  },
];

const OWN_FLOWS: Flow[] = [
  {
    from: INTERNET,
    to: "edge",
    port: "https",
    authentication: Authentication.TlsJwt,
    purpose: "People sign in and use the Control UI.",
  },
  {
    from: "edge",
    to: "guard",
    port: "mtls",
    authentication: Authentication.MtlsJwt,
    purpose: "Requests of people who are signed in.",
  },
  {
    // OpenClaw cannot ask for a client certificate: it knows the guard by address and by a header nobody else knows.
    from: "guard",
    to: "openclaw",
    port: "gateway",
    authentication: Authentication.TlsAddress,
    purpose: "Requests that are allowed, with the user's name and scopes.",
  },
];

const GUARD_FLOW: Flow = {
  from: "guard",
  to: "egress",
  port: "identity",
  authentication: Authentication.TlsAddress,
  purpose: "Fetches the keys that tokens are verified with.",
};

function edgeFlows({ login = LoginKind.Envoy }: OpenClawPerimeterArgs): Flow[] {
  if (login === LoginKind.Envoy) {
    const purpose = "Exchanges a login's code for tokens.";
    return [{ ...GUARD_FLOW, from: "edge", authentication: Authentication.TlsCredential, purpose }];
  }
  const keys = { ...GUARD_FLOW, from: "edge" };
  return login === LoginKind.OAuth2Proxy ? [keys, ...OAUTH2_PROXY_FLOWS] : [keys];
}

function modelFlows({ port, host, ranges }: OpenClawPerimeterArgs["models"][number]): Flow[] {
  const call = { port, authentication: Authentication.Mtls, purpose: "Asks the model, without knowing its key." };
  const out = { authentication: Authentication.TlsCredential, purpose: "Passes questions on, with the key." };
  return [
    { from: "openclaw", to: "egress", ...call },
    host === "demo"
      ? { from: "egress", to: DEMO_MODEL, port: "https", ...out }
      : { from: "egress", to: INTERNET, port: `${host.port}`, hosts: [host.name], ...within(ranges), ...out },
  ];
}

function identityFlows({ identityProvider }: OpenClawPerimeterArgs): Flow[] {
  const out = {
    authentication: Authentication.TlsCredential,
    purpose: "Passes on what edge and guard ask the provider.",
  };
  if (identityProvider === "demo") return [{ from: "egress", to: DEMO_IDENTITY_PROVIDER, port: "https", ...out }];
  return identityProvider.hosts.map(({ name, port }) => ({
    from: "egress",
    to: INTERNET,
    port: `${port}`,
    hosts: [name],
    ...within(identityProvider.ranges),
    ...out,
  }));
}

function within(ranges: string[] = []): Pick<Flow, "ranges"> {
  return ranges.length > 0 ? { ranges } : {};
}
