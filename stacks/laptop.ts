import {
  docker,
  type IdentityProviderArgs,
  type LoginArgs,
  LoginKind,
  type ModelArgs,
  ZeroTrustOpenClaw,
} from "../lib";
import type { LaptopConfig } from "./config";
import { DEMO_ROLES, DEMO_USERS } from "./demo";
import { outputsOf } from "./outputs";

/** Everything on one machine: a demo identity provider, and a demo model unless there is a key for a real one. */
export function laptop(config: LaptopConfig) {
  const { publicUrl, addresses, instance, openai, agent, rateLimits, certificates, demo, images } = config;
  const models: ModelArgs[] = openai ? [{ provider: "openai", ...openai }] : [];
  const claw = new ZeroTrustOpenClaw("assistant", {
    platform: docker({
      addresses,
      toolsImage: images.workloadTools,
      labels: { "zero-trust-openclaw.stack": instance },
    }),
    publicUrl,
    identityProvider: ownProvider(config),
    roles: { ...DEMO_ROLES, ...config.roles },
    models,
    agent,
    login: loginArgs(config),
    rateLimits,
    leafLifetime: certificates.leafLifetime,
    certificateAuthority: { roots: certificates.roots },
    demo: {
      identityProvider: demo,
      users: DEMO_USERS,
    },
    stateVolume: `zero-trust-openclaw-${instance}-state`,
    images: {
      envoy: images.envoy,
      openclaw: images.openclaw,
      demoIdentityProvider: images.demoIdentityProvider,
      demoModel: images.demoModel,
      policyAdministrator: images.policyAdministrator,
      oauth2Proxy: images.oauth2Proxy,
      sessionStore: images.sessionStore,
      stepCa: images.stepCa,
    },
  });
  return outputsOf(claw, images);
}

function loginArgs({ login: engine, demo, proxy }: LaptopConfig): LoginArgs {
  if (engine === LoginKind.OAuth2Proxy) return { engine, refreshSeconds: refreshSeconds(demo) };
  if (engine === LoginKind.Assertion) return { engine, header: proxy?.header, signOut: proxy?.signOut };
  return { engine };
}

/** The proxy in front instead of the demo's provider, where it is what signs people in. */
function ownProvider({ login, proxy }: LaptopConfig): IdentityProviderArgs | undefined {
  if (login !== LoginKind.Assertion || !proxy) return undefined;
  const { issuer, audience, jwks, privateRanges } = proxy;
  return { issuer, clientId: audience, endpoints: { jwks }, privateRanges };
}

/** Well before the token ends, however short it lives. */
function refreshSeconds({ tokenSeconds = 600 }: LaptopConfig["demo"]): number {
  return Math.max(1, Math.min(60, Math.floor(tokenSeconds / 2)));
}
