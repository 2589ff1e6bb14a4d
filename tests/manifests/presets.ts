import * as pulumi from "@pulumi/pulumi";
import type { Perimeter } from "../../lib";
import type { ClusterConfig } from "../../stacks/cluster-config";
import { production } from "../../stacks/production";
import { staging } from "../../stacks/staging";
import { COMPANY_ROOT } from "../support/company-root";
import { type Manifest, manifests } from "../support/manifests";

/** A deployment as one of the stacks makes it. */
export interface Preset {
  perimeter: Perimeter;
  objects: Manifest[];
  /** Whence people come: addresses, or somebody's pods. */
  entrance: string;
}

/** Pods of an ingress controller. */
export const CONTROLLER = { namespace: "ingress", labels: { app: "controller" } };

const COMMON: ClusterConfig = {
  publicUrl: "https://localhost:30843",
  kubernetes: { apiServer: { addresses: ["10.0.0.1/32"] } },
  roles: {},
  certificates: {},
  images: {},
};

/** Named, so that nobody is asked for them. */
const endpoints = {
  authorization: "https://login.example.com/authorize",
  token: "https://login.example.com/token",
  jwks: "https://login.example.com/keys",
};

export const COMPANY: ClusterConfig = {
  ...COMMON,
  publicUrl: "https://openclaw.example.com",
  roles: { operator: { groups: ["support"] } },
  identityProvider: Object.assign(
    { issuer: "https://login.example.com", clientId: "openclaw", clientSecret: pulumi.secret("client secret") },
    { endpoints, privateRanges: ["10.20.0.0/16"] },
  ),
  openai: { apiKey: pulumi.secret("api key"), baseUrl: "https://api.openai.com/v1", model: "some-model" },
};

/** A company's own controller and issuer. */
export const PARTS: ClusterConfig = {
  ...COMPANY,
  trustDomain: "assistant.example.com",
  kubernetes: {
    ...COMMON.kubernetes,
    certManager: { issuer: { name: "company", roots: [COMPANY_ROOT] } },
    entrance: {
      kind: "ingress",
      className: "nginx",
      annotations: { "nginx.ingress.kubernetes.io/ssl-passthrough": "true" },
      proxy: CONTROLLER,
    },
  },
};

/** Credentials that a company's store keeps in the cluster. */
const STORED: ClusterConfig = {
  ...COMPANY,
  identityProvider: Object.assign({}, COMPANY.identityProvider, { clientSecret: undefined }),
  openai: Object.assign({}, COMPANY.openai, { apiKey: undefined }),
  kubernetes: {
    ...COMMON.kubernetes,
    existingSecrets: {
      "client-secret": { name: "openclaw-login", key: "client-secret" },
      "cookie-key": { name: "openclaw-login", key: "cookie-key" },
      "model-openai": { name: "openclaw-models", key: "openai" },
    },
  },
};

const PROGRAMS = {
  demo: () => staging(COMMON),
  staging: () => staging(COMPANY),
  production: () => production(STORED),
  parts: () => staging(PARTS),
};
export type PresetName = keyof typeof PROGRAMS;
export const PRESETS = Object.keys(PROGRAMS) as PresetName[];

/** The presets, one after the other, since they share the mocks. */
export async function presets(): Promise<Record<PresetName, Preset>> {
  const made: [string, Preset][] = [];
  for (const [name, program] of Object.entries(PROGRAMS)) {
    let perimeter: Perimeter | undefined;
    const objects = await manifests(() => {
      ({ perimeter } = program() as { perimeter: Perimeter });
    });
    const entrance = name === "parts" ? `${CONTROLLER.namespace}/controller` : "0.0.0.0/0";
    made.push([name, { perimeter: perimeter as unknown as Perimeter, objects, entrance }]);
  }
  return Object.fromEntries(made) as Record<PresetName, Preset>;
}
