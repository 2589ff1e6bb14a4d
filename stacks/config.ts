import * as pulumi from "@pulumi/pulumi";
import { type AgentArgs, type DemoMachineClientArgs, type RateLimitArgs, type RoleArgs, suggest } from "../lib";

/** Images under keys of their own, as `make up` finds or builds them. */
export interface StackImages {
  envoy?: string;
  openclaw?: string;
  workloadTools?: string;
  demoIdentityProvider?: string;
  demoModel?: string;
  policyAdministrator?: string;
  oauth2Proxy?: string;
  sessionStore?: string;
  stepCa?: string;
  trustController?: string;
}

/** The internal CA. */
export interface CertificateSettings {
  leafLifetime?: string;
  /** Names of the roots, the one that signs first. */
  roots?: string[];
}

/** How the demo identity provider behaves. */
export interface DemoSettings {
  tokenSeconds?: number;
  rotateRefreshTokens?: boolean;
  signingKey?: string;
  machineClients?: DemoMachineClientArgs[];
}

/** A proxy of yours in front, which signs people in; for the login `assertion`. */
export interface ProxySettings {
  issuer: string;
  /** Whom its assertions are made for. */
  audience: string;
  /** https URL of its keys. */
  jwks: string;
  header: string;
  signOut: string;
  privateRanges?: string[];
}

/** Settings of the laptop stack. */
export interface LaptopConfig {
  publicUrl: string;
  addresses: string;
  instance: string;
  agent?: AgentArgs;
  openai?: { apiKey: pulumi.Output<string>; baseUrl: string; model: string };
  login: string;
  rateLimits?: RateLimitArgs;
  certificates: CertificateSettings;
  /** Instead of the demo's roles of the same names, or beside them. */
  roles: Record<string, RoleArgs>;
  demo: DemoSettings;
  proxy?: ProxySettings;
  images: StackImages;
}

const KEYS = [
  "publicUrl",
  "addresses",
  "instance",
  "openaiApiKey",
  "openaiBaseUrl",
  "openaiModel",
  "agent",
  "login",
  "rateLimits",
  "certificates",
  "roles",
  "demo",
  "proxy",
  "images",
];
export const IMAGE_KEYS = [
  "envoy",
  "openclaw",
  "workloadTools",
  "demoIdentityProvider",
  "demoModel",
  "policyAdministrator",
  "oauth2Proxy",
  "sessionStore",
  "stepCa",
  "trustController",
];
export const CERTIFICATE_KEYS = ["leafLifetime", "roots"];
export const RATE_LIMIT_KEYS = ["perAddress", "perUser", "login"];
const DEMO_KEYS = ["tokenSeconds", "rotateRefreshTokens", "signingKey", "machineClients"];
const PROXY_KEYS = ["issuer", "audience", "jwks", "header", "signOut", "privateRanges"];

/**
 * Reads the laptop stack's configuration; the only place that does.
 * @throws Error naming an unknown key and the nearest known one
 */
export function laptopConfig(): LaptopConfig {
  const config = new pulumi.Config();
  refuseUnknownKeys(config.name, KEYS);
  const apiKey = config.getSecret("openaiApiKey");
  const images = config.getObject<StackImages>("images") ?? {};
  refuseUnknownParts(`${config.name}:images`, images, IMAGE_KEYS);
  const rateLimits = config.getObject<RateLimitArgs>("rateLimits");
  refuseUnknownParts(`${config.name}:rateLimits`, rateLimits ?? {}, RATE_LIMIT_KEYS);
  const certificates = config.getObject<CertificateSettings>("certificates") ?? {};
  refuseUnknownParts(`${config.name}:certificates`, certificates, CERTIFICATE_KEYS);
  const demo = config.getObject<DemoSettings>("demo") ?? {};
  refuseUnknownParts(`${config.name}:demo`, demo, DEMO_KEYS);
  const proxy = config.getObject<ProxySettings>("proxy");
  refuseUnknownParts(`${config.name}:proxy`, proxy ?? {}, PROXY_KEYS);
  return {
    publicUrl: config.require("publicUrl"),
    addresses: config.require("addresses"),
    instance: config.require("instance"),
    agent: config.getObject<AgentArgs>("agent"),
    openai: apiKey && { apiKey, baseUrl: config.require("openaiBaseUrl"), model: config.require("openaiModel") },
    login: config.require("login"),
    rateLimits,
    // The engine takes names of digits for numbers.
    certificates: { ...certificates, roots: certificates.roots?.map((name) => `${name}`) },
    roles: config.getObject<Record<string, RoleArgs>>("roles") ?? {},
    proxy,
    demo: { ...demo, signingKey: demo.signingKey === undefined ? undefined : `${demo.signingKey}` },
    images,
  };
}

export function refuseUnknownParts(full: string, parts: object, known: string[]): void {
  for (const key of Object.keys(parts)) {
    if (!known.includes(key)) throw unknown(`${full}.${key}`, key, known);
  }
}

export function refuseUnknownKeys(project: string, known: string[]): void {
  for (const full of Object.keys(pulumi.runtime.allConfig())) {
    const [namespace, key] = full.split(":") as [string, string];
    if (namespace === project && !known.includes(key)) throw unknown(full, key, known);
  }
}

function unknown(full: string, key: string, known: string[]): Error {
  return new pulumi.RunError(
    `unknown setting ${full}: ${suggest(key, known)}; remove it with: pulumi config rm ${full}`,
  );
}
