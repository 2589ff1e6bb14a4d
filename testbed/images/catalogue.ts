/**
 * The images the laptop stack runs: what each is called officially, and how it is made here when the official one is out of reach.
 *
 * An image made here gets the official name and tag, so that `FROM` lines and people find it, and a label with a hash of everything that went into it.
 */
import { join } from "node:path";
import { repository } from "../paths";
import * as recipes from "./recipes";

/** As in the stack's configuration `zero-trust-openclaw:images`; `node` is only the base of others. */
export type ImageKey =
  | "envoy"
  | "node"
  | "openclaw"
  | "workloadTools"
  | "policyAdministrator"
  | "demoIdentityProvider"
  | "demoModel"
  | "oauth2Proxy"
  | "sessionStore"
  | "stepCa"
  | "trustController";

export type PlatformName = "docker" | "kubernetes";

export interface Image {
  readonly key: ImageKey;
  /** Name and tag, the same for the official image and for the one made here. */
  readonly name: string;
  /** The official image's digest. */
  readonly digest?: string;
  /** The registry's address to try before pulling. Absent for images that are ours and exist nowhere else. */
  readonly registry?: string;
  /** The one login engine that runs it. @default every stack runs it */
  readonly login?: string;
  /** The one platform that runs it. @default every platform runs it */
  readonly platform?: PlatformName;
  /** The images whose content goes into this one. */
  readonly needs: readonly ImageKey[];
  readonly recipe: recipes.Recipe;
}

const dockerHub = "https://registry-1.docker.io/v2/";
const github = "https://ghcr.io/v2/";
const quay = "https://quay.io/v2/";

export const nodeVersion = "24.21.0";
export const envoyVersion = "1.40.0";
const openclawVersion = "2026.9.6";
const oauth2ProxyVersion = "7.15.3";
const valkeyVersion = "9.1.2";
const stepCaVersion = "0.30.2";
/** Of the images that are ours. */
const version = "0.1.0";

const folder = (name: string): string => join(repository, "images", name);

export const catalogue: readonly Image[] = [
  {
    key: "envoy",
    name: `envoyproxy/envoy:v${envoyVersion}`,
    registry: dockerHub,
    needs: [],
    recipe: recipes.envoy(envoyVersion),
  },
  {
    key: "node",
    name: `node:${nodeVersion}-bookworm-slim`,
    digest: "sha256:2fe369e969550cde8e867afc3fe370b260140cab4a23d467074295b42163d553",
    registry: dockerHub,
    needs: [],
    recipe: recipes.node(nodeVersion),
  },
  {
    key: "openclaw",
    name: `ghcr.io/openclaw/openclaw:${openclawVersion}`,
    digest: "sha256:0a5ff5e682e62afa19149df126aa50063bf65ef885b5c94713ce32dc0eb12e15",
    registry: github,
    needs: ["node"],
    recipe: recipes.openclaw(nodeVersion, `node:${nodeVersion}-bookworm-slim`),
  },
  {
    key: "workloadTools",
    name: `zero-trust-openclaw/workload-tools:${version}`,
    needs: [],
    recipe: recipes.goTool(folder("workload-tools"), { "zt-tools": ".", "zt-renewer": "./renewer" }),
  },
  {
    key: "policyAdministrator",
    name: `zero-trust-openclaw/policy-administrator:${version}`,
    needs: [],
    recipe: recipes.goTool(folder("policy-administrator"), { "policy-administrator": "." }),
  },
  {
    key: "trustController",
    platform: "kubernetes",
    name: `zero-trust-openclaw/trust-controller:${version}`,
    needs: [],
    recipe: recipes.goTool(folder("trust-controller"), { "trust-controller": "." }),
  },
  {
    key: "demoIdentityProvider",
    name: `zero-trust-openclaw/demo-identity-provider:${version}`,
    needs: ["node"],
    recipe: recipes.nodeProgram(folder("demo-identity-provider")),
  },
  {
    key: "demoModel",
    name: `zero-trust-openclaw/demo-model:${version}`,
    needs: ["node"],
    recipe: recipes.nodeProgram(folder("demo-model")),
  },
  {
    key: "oauth2Proxy",
    name: `quay.io/oauth2-proxy/oauth2-proxy:v${oauth2ProxyVersion}`,
    registry: quay,
    login: "oauth2-proxy",
    needs: [],
    recipe: recipes.goModule("oauth2-proxy", {
      package: "github.com/oauth2-proxy/oauth2-proxy/v7",
      path: "/bin/oauth2-proxy",
      flags: [`-X github.com/oauth2-proxy/oauth2-proxy/v7/pkg/version.VERSION=v${oauth2ProxyVersion}`],
    }),
  },
  {
    key: "sessionStore",
    name: `valkey/valkey:${valkeyVersion}`,
    registry: dockerHub,
    login: "oauth2-proxy",
    needs: [],
    recipe: recipes.valkey(valkeyVersion),
  },
  {
    key: "stepCa",
    platform: "docker",
    name: `smallstep/step-ca:${stepCaVersion}`,
    registry: dockerHub,
    needs: [],
    recipe: recipes.goModule("step-ca", {
      package: "github.com/smallstep/certificates/cmd/step-ca",
      path: "/usr/local/bin/step-ca",
      flags: [`-X main.Version=${stepCaVersion}`],
    }),
  },
];

/** What a stack on that platform runs whose people sign in by `login`. */
export function imagesFor(login?: string, platform: PlatformName = "docker"): Image[] {
  return catalogue.filter(
    (image) =>
      image.key !== "node" &&
      [undefined, login].includes(image.login) &&
      [undefined, platform].includes(image.platform),
  );
}
