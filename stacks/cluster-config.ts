import * as pulumi from "@pulumi/pulumi";
import type { AgentArgs, IdentityProviderArgs, KubernetesArgs, RateLimitArgs, RoleArgs } from "../lib";
import {
  CERTIFICATE_KEYS,
  type CertificateSettings,
  IMAGE_KEYS,
  RATE_LIMIT_KEYS,
  refuseUnknownKeys,
  refuseUnknownParts,
  type StackImages,
} from "./config";

/** Credentials that the cluster or a store may have, instead of the settings `clientSecret` and `openaiApiKey`. */
const CLIENT_SECRET = "client-secret";
export const STORED_KEY = "model-openai";

/** A provider where people sign in; its client's secret is the setting `clientSecret`. */
export type ProviderSettings = Omit<IdentityProviderArgs, "clientSecret">;

/** Settings of the stacks on a cluster. */
export interface ClusterConfig {
  publicUrl: string;
  /** Path of a kubeconfig; the usual one if not given. */
  kubeconfig?: string;
  context?: string;
  kubernetes: KubernetesArgs;
  identityProvider?: IdentityProviderArgs;
  roles: Record<string, RoleArgs>;
  /** Without a key where the cluster or a store has it: {@link STORED_KEY}. */
  openai?: { apiKey?: pulumi.Output<string>; baseUrl: string; model: string };
  agent?: AgentArgs;
  contact?: string;
  rateLimits?: RateLimitArgs;
  /** Of the internal identities; needed with an issuer that signs for others too. */
  trustDomain?: string;
  certificates: CertificateSettings;
  images: StackImages;
}

const KEYS = [
  "publicUrl",
  "kubeconfig",
  "context",
  "kubernetes",
  "identityProvider",
  "clientSecret",
  "roles",
  "openaiApiKey",
  "openaiBaseUrl",
  "openaiModel",
  "agent",
  "contact",
  "rateLimits",
  "trustDomain",
  "certificates",
  "images",
  // Of the project, for the laptop's stack.
  "addresses",
  "instance",
  "login",
];
const PROVIDER_KEYS = [
  "issuer",
  "clientId",
  "endpoints",
  "scopes",
  "groupsClaim",
  "acceptUnverifiedEmail",
  "mfa",
  "audiences",
  "privateRanges",
];
const KUBERNETES_KEYS = [
  "apiServer",
  "prefix",
  "entrance",
  "existingNamespaces",
  "certManager",
  "dns",
  "replicas",
  "autoscale",
  "storageClass",
  "runtimeClassName",
  "existingSecrets",
  "externalSecrets",
  "requireSecretStore",
  "labels",
  "annotations",
  "nodeSelector",
  "tolerations",
  "imagePullSecrets",
];

const ENTRANCE_KEYS = [
  ...["kind", "nodePort", "from", "except", "proxy", "proxyProtocol"],
  ...["className", "annotations", "gateway", "terminatesTls"],
];
const CERT_MANAGER_KEYS = ["namespace", "serviceAccount", "issuer"];
const EXTERNAL_SECRETS_KEYS = ["store", "values", "refresh"];
const STORE_KEYS = ["name", "kind"];
const REMOTE_KEYS = ["key", "property", "version"];
const SECRET_KEYS = ["name", "key"];
const ISSUER_KEYS = ["name", "kind", "group", "roots", "requesters"];

/**
 * Reads the configuration of a stack on a cluster; the only place that does.
 * @throws Error naming an unknown key and the nearest known one
 */
export function clusterConfig(): ClusterConfig {
  const config = new pulumi.Config();
  refuseUnknownKeys(config.name, KEYS);
  const object = <Value extends object>(key: string, known?: string[]): Value | undefined => {
    const value = config.getObject<Value>(key);
    if (known) refuseUnknownParts(`${config.name}:${key}`, value ?? {}, known);
    return value;
  };
  const images = object<StackImages>("images", IMAGE_KEYS) ?? {};
  const kubernetes = object<KubernetesArgs>("kubernetes", KUBERNETES_KEYS);
  const part = (key: string, value: object | undefined, known: string[]) =>
    refuseUnknownParts(`${config.name}:kubernetes.${key}`, value ?? {}, known);
  part("entrance", kubernetes?.entrance, ENTRANCE_KEYS);
  part("certManager", kubernetes?.certManager, CERT_MANAGER_KEYS);
  part("certManager.issuer", kubernetes?.certManager?.issuer, ISSUER_KEYS);
  const provider = object<ProviderSettings>("identityProvider", PROVIDER_KEYS);
  const certificates = object<CertificateSettings>("certificates", CERTIFICATE_KEYS) ?? {};
  const apiKey = config.getSecret("openaiApiKey");
  part("externalSecrets", kubernetes?.externalSecrets, EXTERNAL_SECRETS_KEYS);
  part("externalSecrets.store", kubernetes?.externalSecrets?.store, STORE_KEYS);
  for (const [credential, place] of Object.entries(kubernetes?.externalSecrets?.values ?? {}))
    part(`externalSecrets.values.${credential}`, place, REMOTE_KEYS);
  const stored = [kubernetes?.existingSecrets, kubernetes?.externalSecrets?.values].flatMap((all) =>
    Object.keys(all ?? {}),
  );
  for (const [credential, place] of Object.entries(kubernetes?.existingSecrets ?? {}))
    part(`existingSecrets.${credential}`, place, SECRET_KEYS);
  return {
    publicUrl: config.require("publicUrl"),
    kubeconfig: config.get("kubeconfig"),
    context: config.get("context"),
    kubernetes: {
      apiServer: { addresses: [] },
      ...kubernetes,
      toolsImage: images.workloadTools,
      trustControllerImage: images.trustController,
    },
    identityProvider: provider && {
      ...provider,
      clientSecret: stored.includes(CLIENT_SECRET)
        ? config.getSecret("clientSecret")
        : config.requireSecret("clientSecret"),
    },
    roles: object<Record<string, RoleArgs>>("roles") ?? {},
    openai:
      apiKey || stored.includes(STORED_KEY)
        ? { apiKey, baseUrl: config.require("openaiBaseUrl"), model: config.require("openaiModel") }
        : undefined,
    agent: object<AgentArgs>("agent"),
    contact: config.get("contact"),
    rateLimits: object<RateLimitArgs>("rateLimits", RATE_LIMIT_KEYS),
    trustDomain: config.get("trustDomain"),
    certificates: { ...certificates, roots: certificates.roots?.map((name) => `${name}`) },
    images,
  };
}
