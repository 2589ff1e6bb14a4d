import { docker, parseSnapshot, ZeroTrustOpenClaw, type ZeroTrustOpenClawArgs } from "../../lib";
import { type Recorded, record, settled } from "./support/mocks";

const ROLES = {
  admin: { groups: ["admins"], requireMfa: true, adminEmails: ["alice@example.com"] },
  operator: { groups: ["operators"] },
  viewer: { groups: ["viewers"] },
};

const LAPTOP: ZeroTrustOpenClawArgs = {
  platform: docker({ labels: { stack: "test" } }),
  publicUrl: "https://localhost:8443",
  roles: ROLES,
  demo: { users: [{ email: "alice@example.com", name: "Alice", groups: ["admins"], secondFactor: true }] },
  stateVolume: "state-of-test",
};

const COMPANY: ZeroTrustOpenClawArgs = {
  platform: docker(),
  publicUrl: "https://openclaw.example.com",
  roles: ROLES,
  identityProvider: {
    issuer: "https://login.example.com",
    clientId: "openclaw",
    clientSecret: "company client secret",
    endpoints: {
      authorization: "https://login.example.com/auth",
      token: "https://login.example.com/token",
      jwks: "https://keys.example.com:8443/jwks",
    },
  },
  models: [{ provider: "openai", apiKey: "company api key" }],
};

const deploy = (args: ZeroTrustOpenClawArgs, options = {}) =>
  record(() => new ZeroTrustOpenClaw("claw", args), options);
const ofType = (all: Recorded[], type: string) => all.filter((one) => one.type === type);
const CONTAINER = "docker:index/container:Container";
const NETWORK = "docker:index/network:Network";

interface Container {
  user: string;
  readOnly: boolean;
  privileged: boolean;
  capabilities: { drops: string[]; adds?: string[] };
  securityOpts: string[];
  memory: number;
  memorySwap: number;
  envs?: string[];
  ports?: { ip: string; external: number; internal: number }[];
  dns?: string[];
  networkMode?: string;
  init?: boolean;
  networksAdvanced?: { name: string; ipv4Address: string }[];
  ulimits?: { name: string }[];
  logOpts: Record<string, string>;
  healthcheck?: { tests: string[] };
  uploads?: { file: string; content: string }[];
  volumes?: { volumeName: string; containerPath: string; readOnly?: boolean }[];
}

const containers = (all: Recorded[]) =>
  ofType(all, CONTAINER).map(({ name, inputs, secrets }) => ({ name, secrets, ...(inputs as unknown as Container) }));
const installers = (all: Recorded[]) => containers(all).filter(({ name }) => name.endsWith("-install"));
const running = (all: Recorded[]) => containers(all).filter(({ name }) => !name.endsWith("-install"));

const isRenewer = ({ name }: { name: string }) => name.endsWith("-renewer");
const volumesOf = (all: Container[], name: string) =>
  (all as (Container & { name: string })[]).find((one) => one.name === name)?.volumes ?? [];

/** The files an installer hands over, by name. */
function filesOf(all: Recorded[], installer: string): Record<string, string> {
  const { uploads = [] } = installers(all).find(({ name }) => name === installer) as Container;
  const manifest = JSON.parse(uploads[0]?.content ?? "{}") as { files: { name: string }[] };
  return Object.fromEntries(manifest.files.map(({ name }, i) => [name, uploads[i + 1]?.content as string]));
}

describe("a deployment on Docker", () => {
  let laptop: Recorded[];
  let company: Recorded[];
  beforeAll(async () => {
    laptop = await deploy(LAPTOP);
    company = await deploy(COMPANY);
  });

  test("every link of the perimeter is a network, and every network is a link", () => {
    const names = (all: Recorded[]) =>
      ofType(all, NETWORK)
        .map(({ name }) => name.replace("claw-", ""))
        .sort();
    expect(names(laptop)).toEqual([
      "ca--renewer",
      "demo-model--egress",
      "edge--egress",
      "edge--guard",
      "edge--internet",
      "egress--guard",
      "egress--identity-provider",
      "egress--openclaw",
      "guard--openclaw",
    ]);
    expect(names(company)).toEqual([
      "ca--renewer",
      "edge--egress",
      "edge--guard",
      "edge--internet",
      "egress--guard",
      "egress--openclaw",
      "egress--out",
      "guard--openclaw",
    ]);
  });

  test("a network has exactly the members of its link", () => {
    for (const all of [laptop, company]) {
      for (const network of ofType(all, NETWORK)) {
        const members = running(all).filter(({ networksAdvanced = [] }) =>
          networksAdvanced.some(({ name }) => name === `${network.name}-0000000`),
        );
        expect(members).toHaveLength(/internet|--out/.test(network.name) ? 1 : 2);
      }
    }
  });

  test("networks between workloads are closed towards the outside and the host", () => {
    for (const { name, inputs } of [...ofType(laptop, NETWORK), ...ofType(company, NETWORK)]) {
      const { internal, options } = inputs as { internal?: boolean; options?: Record<string, string> };
      if (name.endsWith("--out")) expect(internal).toBeUndefined();
      else if (name.endsWith("--internet"))
        expect(options).toEqual({ "com.docker.network.bridge.enable_ip_masquerade": "false" });
      else
        expect({ internal, options }).toEqual({
          internal: true,
          options: { "com.docker.network.bridge.inhibit_ipv4": "true" },
        });
    }
  });

  test("only the edge publishes a port, on loopback", () => {
    const published = running(laptop).filter(({ ports }) => ports);
    expect(published.map(({ name, ports }) => [name, ports])).toEqual([
      ["claw-edge-network", [{ internal: 8443, external: 8443, ip: "127.0.0.1" }]],
    ]);
  });

  test("only a workload with an exit can resolve names", () => {
    const resolving = (all: Recorded[]) => running(all).filter(({ dns, networkMode }) => !dns && !networkMode);
    expect(resolving(laptop)).toEqual([]);
    expect(resolving(company).map(({ name }) => name)).toEqual(["claw-egress-network"]);
  });

  test("no container may do more than it needs", () => {
    for (const container of running(laptop)) {
      expect(container).toMatchObject({
        readOnly: true,
        privileged: false,
        capabilities: { drops: ["ALL"] },
        securityOpts: ["no-new-privileges:true"],
        logOpts: { "max-size": "10m", "max-file": "3" },
      });
      // The official image's program is marked with it, and starts with no less.
      expect(container.capabilities.adds).toEqual(container.name === "claw-ca" ? ["CAP_NET_BIND_SERVICE"] : undefined);
      expect(container.user).toMatch(/^[1-9]\d{3,}:[1-9]\d{3,}$/);
      expect(container.memorySwap).toBe(container.memory);
      if (container.name.endsWith("-network")) continue;
      expect(container.ulimits?.map(({ name }) => name)).toEqual(["nproc"]);
      if (isRenewer(container)) continue;
      expect(container.healthcheck?.tests.slice(0, 3)).toEqual(["CMD", "/files/bin/zt-tools", "probe"]);
    }
  });

  test("every program can be told to stop from its first moment on", () => {
    const programs = running(laptop).filter(({ name }) => !name.endsWith("-network"));
    expect(programs.filter(({ init }) => !init).map(({ name }) => name)).toEqual([]);
  });

  test("whatever shares a network namespace ends when that is gone", () => {
    const [shares, holds] = [
      running(laptop).filter(({ networkMode }) => networkMode),
      running(laptop).filter(({ networkMode }) => !networkMode),
    ];
    // A renewer looks by itself.
    const asked = shares.filter((one) => !isRenewer(one));
    expect(asked.filter(({ healthcheck }) => !healthcheck?.tests.includes("--end-if-cut-off"))).toEqual([]);
    expect(holds.filter(({ name }) => !name.endsWith("-network"))).toEqual([]);
  });

  test("what installs files has no network and only the capabilities to hand them over", () => {
    // Of eight programs, the CA, and the renewers of eight certificates.
    expect(installers(laptop)).toHaveLength(17);
    for (const installer of installers(laptop)) {
      expect(installer.networkMode).toBe("none");
      expect(installer.capabilities).toEqual({ drops: ["ALL"], adds: ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER"] });
    }
  });

  test("each container has a user of its own, and a renewer that of whose certificate it renews", () => {
    const all = running(laptop).filter(({ name }) => !name.endsWith("-network"));
    const users = all.filter((one) => !isRenewer(one)).map(({ user }) => user);
    expect(new Set(users).size).toBe(users.length);
    for (const { name, user } of all.filter(isRenewer)) {
      const publishes = volumesOf(all, name).find(({ containerPath }) => containerPath === "/publish");
      const readers = all.filter((one) =>
        volumesOf(all, one.name).some(
          ({ volumeName, containerPath, readOnly }) =>
            volumeName === publishes?.volumeName && containerPath.startsWith("/certificates/") && readOnly,
        ),
      );
      expect(readers.map((one) => one.user)).toEqual([user]);
    }
  });

  test("file contents are secrets, and nothing secret is in an environment", () => {
    for (const installer of installers(laptop)) {
      const contents = (installer.uploads ?? []).slice(1).map((_, i) => `uploads[${i + 1}].content`);
      const covered = (path: string) => installer.secrets.some((secret) => path.startsWith(secret));
      expect(contents.filter((path) => !covered(path))).toEqual([]);
    }
    for (const { envs = [] } of running(company)) expect(envs.join()).not.toMatch(/company|random of|key of/);
  });

  test("the model's key goes to the egress gateway, the client secret to the edge, and nowhere else", () => {
    const holders = (secret: string) =>
      installers(company)
        .filter(({ uploads = [] }) => uploads.some(({ content }) => content.includes(secret)))
        .map(({ name }) => name);
    expect(holders("company api key")).toEqual(["claw-egress-install"]);
    expect(holders("company client secret")).toEqual(["claw-edge-install"]);
  });

  test("OpenClaw trusts the guard's address only, and has no key", () => {
    const { gateway, models } = JSON.parse(filesOf(laptop, "claw-openclaw-install")["openclaw.json"] as string);
    const guard = running(laptop).find(({ name }) => name === "claw-guard-network")?.networksAdvanced;
    const address = guard?.find(({ name }) => name.startsWith("claw-guard--openclaw"))?.ipv4Address;
    expect(gateway.trustedProxies).toEqual([`${address}/32`]);
    expect(gateway.auth.trustedProxy.allowLoopback).toBe(false);
    expect(gateway.auth.trustedProxy.deviceAutoApprove.scopes).not.toContain("operator.admin");
    expect(gateway.auth.identityScopes["alice@example.com"]).toContain("operator.admin");
    expect(models.providers["model-demo"]).toMatchObject({ baseUrl: "http://127.0.0.1:9000/v1" });
    expect(JSON.stringify(models)).not.toMatch(/apiKey|authorization/i);
  });

  test("what is kept has the name under which it was kept", () => {
    const volumes = ofType(laptop, "docker:index/volume:Volume").map(({ inputs }) => inputs.name);
    expect(volumes.filter(Boolean).sort()).toEqual(["state-of-test", "state-of-test-revocations"]);
  });

  test("everything also previews before anything is known", async () => {
    const known = laptop.map(({ name }) => name).sort();
    const previewed = (await deploy(LAPTOP, { preview: true })).map(({ name }) => name).sort();
    expect(previewed).toEqual(known);
  });

  test("the outputs are the URL, the roots, the perimeter, its picture and the demo users", async () => {
    let claw: ZeroTrustOpenClaw | undefined;
    await record(() => {
      claw = new ZeroTrustOpenClaw("claw", LAPTOP);
    });
    expect(claw?.url).toBe("https://localhost:8443");
    expect(await settled(claw?.trustBundle)).toBe("cert of claw-root\n");
    expect(claw?.diagram).toContain("flowchart LR");
    const snapshot = parseSnapshot(JSON.stringify(claw?.snapshot), { project: "project", stack: "stack" });
    expect(snapshot).toMatchObject({
      perimeter: JSON.parse(JSON.stringify(claw?.perimeter)),
      leafHours: 24,
      entrance: { url: "https://localhost:8443", kind: "loopback" },
      identityProvider: { issuer: "demo" },
    });
    expect(await settled(claw?.demoUsers)).toMatchObject([
      {
        email: "alice@example.com",
        password: expect.stringContaining("random"),
        totp: expect.stringContaining("random"),
      },
    ]);
  });
});

describe("the edge", () => {
  test("pins what the login's defaults leave open", async () => {
    const config = filesOf(await deploy(LAPTOP), "claw-edge-install")["envoy.json"] as string;
    const text = JSON.parse(config);
    expect(text.layered_runtime.layers[0].static_layer).toMatchObject({
      "envoy.reloadable_features.oauth2_use_gcm_encryption": true,
      "envoy.reloadable_features.oauth2_legacy_cbc_decrypt_compat": false,
    });
    expect(text.admin.address).toEqual({ pipe: { path: "/run/workload/admin.sock", mode: 0o600 } });
    const [{ filter_chains }] = text.static_resources.listeners;
    const http = filter_chains[0].filters[0].typed_config;
    const names = http.http_filters.map(({ name }: { name: string }) => name.replace("envoy.filters.http.", ""));
    expect(names).toEqual([
      "rbac.deny",
      "denied",
      "local_ratelimit",
      "oauth2",
      "jwt_authn",
      "set_filter_state",
      "buffer",
      "router",
    ]);
    const upgrade = http.upgrade_configs[0].filters.map(({ name }: { name: string }) =>
      name.replace("envoy.filters.http.", ""),
    );
    expect(upgrade).toEqual(names.filter((name: string) => name !== "buffer"));
    const { config: oauth2 } = http.http_filters[3].typed_config;
    expect(oauth2.allowed_redirect_domains).toEqual(["localhost", "localhost:8443"]);
    expect(oauth2.cookie_configs.oauth_nonce_cookie_config.path).toBe("/oauth2/callback");
    for (const name of Object.values(oauth2.credentials.cookie_names)) expect(name).toMatch(/^__(Host|Secure)-/);
    const app = http.route_config.virtual_hosts[0].routes.find(({ name }: { name: string }) => name === "app");
    expect(app.request_headers_to_remove).toContain("cookie");
  });
});

describe("wrong input is refused before anything is created", () => {
  const cases: [string, Partial<ZeroTrustOpenClawArgs>, string][] = [
    [
      "a plain URL",
      { publicUrl: "http://localhost:8443" },
      '"http://localhost:8443" is no https URL; write it as https://openclaw.example.com',
    ],
    [
      "a URL with a path",
      { publicUrl: "https://localhost:8443/claw" },
      '"https://localhost:8443/claw" has a path, and OpenClaw has a host for itself; use https://localhost:8443',
    ],
    [
      "a state named twice",
      { existingState: "theirs" },
      "names a volume with OpenClaw's state, and stateVolume does too; keep one of them",
    ],
    [
      "demo parts off localhost",
      { publicUrl: "https://openclaw.example.com" },
      'the demo parts let in whoever reads their passwords, and "openclaw.example.com" is not this machine; remove "demo" and name your own identityProvider and models',
    ],
    [
      "nobody to sign in at",
      { demo: undefined },
      "is missing; name its issuer, clientId and clientSecret, or give demo users for a try on localhost",
    ],
    [
      "no model",
      { demo: undefined, identityProvider: COMPANY.identityProvider },
      'is empty; name at least one, such as { provider: "openai", apiKey }',
    ],
    [
      "a plain issuer",
      { identityProvider: { issuer: "http://login.example.com", clientId: "a", clientSecret: "b" } },
      '"http://login.example.com" is not https: anyone on the way could log in as anybody; use an https issuer',
    ],
    [
      "no client id",
      { identityProvider: { issuer: "https://login.example.com", clientId: "", clientSecret: "b" } },
      "is empty; use the client id the provider gave to OpenClaw",
    ],
    [
      "a role without groups",
      { roles: { admin: { groups: [] } } },
      "a role without groups, emails, domains or clients has no members; name at least one",
    ],
    ["no role", { roles: {} }, "no role is declared, so nobody could enter; declare at least one with its groups"],
    [
      "a role without known scopes",
      { roles: { auditor: { groups: ["a"] } } },
      "only admin, operator, viewer have scopes of their own; list this role's scopes",
    ],
    [
      "an unknown scope",
      { roles: { auditor: { groups: ["a"], scopes: ["operator.raed"] } } },
      'scope "operator.raed" is not declared; did you mean "operator.read"?',
    ],
    [
      "an unknown model provider",
      { models: [{ provider: "opena", apiKey: "k" }] },
      '"opena" is no model provider this library knows; did you mean "openai"?',
    ],
    [
      "a plain model URL",
      { models: [{ provider: "openai", apiKey: "k", baseUrl: "http://llm.example.com" }] },
      '"http://llm.example.com" is no https URL; the key would travel in the clear. Write it as https://api.openai.com/v1',
    ],
    [
      "a leaf of 30 days",
      { leafLifetime: "720h" },
      '"720h" is too long: a stolen certificate must be worthless within a day; use at most "24h"',
    ],
    ["a lifetime in days", { leafLifetime: "1d" }, '"1d" is no lifetime; write whole hours from "1h" to "24h"'],
  ];

  test.each(cases)("%s", async (_name, change, message) => {
    let thrown: unknown;
    const recorded = await record(() => {
      try {
        new ZeroTrustOpenClaw("claw", { ...LAPTOP, ...change });
      } catch (error) {
        thrown = error;
      }
    });
    const reasons = thrown as { reason?: string; errors?: { reason: string }[] };
    expect([reasons.reason, ...(reasons.errors ?? []).map(({ reason }) => reason)]).toContain(message);
    expect(recorded).toEqual([]);
  });
});
