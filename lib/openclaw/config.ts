import type { Model } from "../egress/model";
import { type AgentPosture, agentTools } from "./posture";

/** The release the configuration is written for and tested with. */
export const OPENCLAW_VERSION = "2026.9.6";

/** What of OpenClaw's configuration depends on the deployment. */
export interface OpenClawConfigArgs {
  /** Origin people use. */
  origin: string;
  /** The one address it listens on, or `0.0.0.0` where it has but one. */
  address: string;
  port: number;
  /** The one address it believes; none where the list is kept by the platform. */
  trustedProxy?: string;
  userHeader: string;
  roles: { scopes: string[]; adminEmails: string[] }[];
  /** Where each model is asked: a port on loopback, behind which the key is. */
  models: { name: string; port: number; model: Model }[];
  certificate: { chain: string; key: string };
  workspace: string;
  agent: AgentPosture;
}

/**
 * OpenClaw's `openclaw.json`: identity only from the guard, no tokens and no keys, nothing reachable from inside that is not needed,
 * the agent without browser and foreign files, and with no more than its posture opens. Pure.
 */
export function openClawConfig(args: OpenClawConfigArgs): string {
  const { models } = args;
  return JSON.stringify({
    gateway: gateway(args),
    models: {
      mode: "replace",
      catalogRefresh: { enabled: false },
      providers: Object.fromEntries(models.map((one) => [one.name, provider(one)])),
    },
    agents: {
      defaults: {
        model: { primary: models[0] && `${models[0].name}/${models[0].model.model}` },
        modelPolicy: { allow: models.map(({ name }) => `${name}/*`) },
        workspace: args.workspace,
        skipBootstrap: true,
        heartbeat: { every: "0m" },
      },
    },
    tools: agentTools(args.agent),
    ...CLOSED,
  });
}

function gateway({ origin, address, port, trustedProxy, userHeader, roles, certificate }: OpenClawConfigArgs) {
  const scopes = [...new Set(roles.flatMap((role) => role.scopes))];
  const admins = roles.flatMap((role) => role.adminEmails.map((email) => [email, role.scopes] as const));
  return {
    mode: "local",
    port,
    ...(address === "0.0.0.0" ? { bind: "lan" } : { bind: "custom", customBindHost: address }),
    publicOrigin: origin,
    trustedProxies: trustedProxy === undefined ? [] : [`${trustedProxy}/32`],
    allowRealIpFallback: false,
    auth: {
      mode: "trusted-proxy",
      allowTailscale: false,
      identityScopes: Object.fromEntries(admins),
      trustedProxy: {
        userHeader,
        // Without the scopes header OpenClaw would let anybody be admin over HTTP.
        requiredHeaders: ["x-forwarded-proto", "x-forwarded-host", "x-openclaw-scopes"],
        allowLoopback: false,
        // The guard's header caps what a device gets; admin is never granted to a device, only to people by name.
        deviceAutoApprove: { enabled: true, scopes: scopes.filter((scope) => scope !== "operator.admin") },
      },
      rateLimit: { maxAttempts: 10, windowMs: 60_000, lockoutMs: 300_000, exemptLoopback: false },
    },
    roles: {
      default: "member",
      definitions: { member: { sessions: { others: "none" }, agents: ["main"], scopes } },
    },
    controlUi: {
      enabled: true,
      allowedOrigins: [origin],
      embedSandbox: "strict",
      allowExternalEmbedUrls: false,
      automaticallyFetchFavicons: false,
      communityInvite: false,
      sessionObserver: false,
      experimental: { customPlugins: false },
    },
    terminal: { enabled: false },
    cliAgents: { enabled: false },
    tailscale: { mode: "off" },
    tls: { enabled: true, autoGenerate: false, certPath: certificate.chain, keyPath: certificate.key },
    http: { endpoints: { chatCompletions: { enabled: false }, responses: { enabled: false } } },
    nodes: {
      pairing: { autoApproveLocal: false, sshVerify: false },
      pluginTools: { enabled: false },
      allowSkills: false,
      browser: { mode: "off" },
      commands: { deny: ["system.run"] },
    },
    tools: { deny: ["gateway", "cron", "nodes", "exec", "browser"] },
    // Renewed certificates are used without a restart; with "off" they are not used at all.
    reload: { mode: "hybrid" },
  };
}

function provider({ port, model }: OpenClawConfigArgs["models"][number]) {
  const { pathname } = new URL(model.baseUrl);
  return {
    baseUrl: `http://127.0.0.1:${port}${pathname.replace(/\/$/, "")}`,
    api: "openai-completions",
    models: [
      {
        id: model.model,
        name: model.model,
        reasoning: false,
        input: ["text"],
        cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
        contextWindow: 128_000,
        maxTokens: 8192,
      },
    ],
  };
}

/** What is closed in every deployment. */
const CLOSED = {
  discovery: { mdns: { mode: "off" } },
  update: { checkOnStart: false, auto: { enabled: false } },
  telemetry: { enabled: false },
  logging: {
    level: "info",
    consoleLevel: "info",
    consoleStyle: "json",
    audit: { enabled: true, executionIdentity: true, messages: "all" },
  },
  diagnostics: { enabled: true },
  session: { dmScope: "per-channel-peer" },
  browser: { enabled: false },
  plugins: { allow: ["memory-core"], slots: { memory: "memory-core" } },
  skills: { allowBundled: [] },
  commands: { restart: false, bash: false, config: false, mcp: false, plugins: false, debug: false },
  hooks: { enabled: false },
  cron: { enabled: false },
};
