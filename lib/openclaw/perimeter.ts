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
  /** Hosts of the identity provider's endpoints with their ports, or the demo. */
  identityProvider: { hosts: { name: string; port: number }[] } | "demo";
  /** Model providers by the name of their port at the egress gateway. */
  models: { port: string; host: { name: string; port: number } | "demo" }[];
}

export const DEMO_IDENTITY_PROVIDER = "identity-provider";
export const DEMO_MODEL = "demo-model";

const EGRESS_MODEL_PORT = 8443;

/** The perimeter of a zero-trust OpenClaw: the one place where its flows are written down. Pure. */
export function openClawPerimeter(args: OpenClawPerimeterArgs): Perimeter {
  const demoModel = args.models.some(({ host }) => host === "demo");
  const demoIdentity = args.identityProvider === "demo";
  const demo = demoIdentity || demoModel;
  return {
    trustDomain: args.trustDomain,
    zones: [...presetZones(), ...(demo ? [{ name: "demo", purpose: "Stands in for the internet on a laptop." }] : [])],
    workloads: [
      ...ownWorkloads(args),
      ...(demoIdentity ? [DEMO_WORKLOADS.identity] : []),
      ...(demoModel ? [DEMO_WORKLOADS.model] : []),
    ],
    flows: [...OWN_FLOWS, ...args.models.flatMap(modelFlows), ...identityFlows(args)],
    credentials: [
      ...OWN_CREDENTIALS,
      ...args.models.map(({ port }) => ({ name: port, opens: "The model provider's account." })),
      ...(demoIdentity
        ? [{ name: "signing-key", opens: "Everything: it signs the tokens that edge and guard believe." }]
        : []),
    ],
  };
}

function ownWorkloads({ models }: OpenClawPerimeterArgs): Workload[] {
  const modelPorts = Object.fromEntries(models.map(({ port }, i) => [port, EGRESS_MODEL_PORT + i]));
  return [
    { name: "edge", zone: "public", ports: { https: 8443 }, credentials: ["client-secret", "cookie-key"] },
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
  identity: { name: DEMO_IDENTITY_PROVIDER, zone: "demo", ports: { https: 8443 }, credentials: ["signing-key"] },
  model: { name: DEMO_MODEL, zone: "demo", ports: { https: 8443 } },
} satisfies Record<string, Workload>;

const OWN_CREDENTIALS: Credential[] = [
  { name: "client-secret", opens: "Logins at the identity provider in the name of this deployment." },
  { name: "cookie-key", opens: "Every session at the edge." },
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
  {
    from: "edge",
    to: "egress",
    port: "identity",
    authentication: Authentication.TlsCredential,
    purpose: "Exchanges a login's code for tokens.",
  },
  {
    from: "guard",
    to: "egress",
    port: "identity",
    authentication: Authentication.TlsAddress,
    purpose: "Fetches the keys that tokens are verified with.",
  },
];

function modelFlows({ port, host }: OpenClawPerimeterArgs["models"][number]): Flow[] {
  const call = { port, authentication: Authentication.Mtls, purpose: "Asks the model, without knowing its key." };
  const out = { authentication: Authentication.TlsCredential, purpose: "Passes questions on, with the key." };
  return [
    { from: "openclaw", to: "egress", ...call },
    host === "demo"
      ? { from: "egress", to: DEMO_MODEL, port: "https", ...out }
      : { from: "egress", to: INTERNET, port: `${host.port}`, hosts: [host.name], ...out },
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
    ...out,
  }));
}
