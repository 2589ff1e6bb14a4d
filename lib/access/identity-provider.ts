import * as pulumi from "@pulumi/pulumi";
import { checkPrivateRanges } from "../egress/private-ranges";
import type { EndpointArgs, IdentityProvider } from "./provider";

/** The company's identity provider: OpenID Connect, authorization code flow. */
export interface IdentityProviderArgs {
  /** Issuer URL, https. */
  issuer: string;
  clientId: string;
  /**
   * Ends as a file in the edge, and nowhere else.
   * @default - required, unless a proxy in front signs people in, or the platform has `client-secret` already
   */
  clientSecret?: pulumi.Input<string>;
  /**
   * Where the provider's endpoints are.
   * @default - the provider is asked for its discovery document during the deployment
   */
  endpoints?: EndpointArgs;
  /**
   * Scopes asked for at login. The ID token must then carry `email` and the groups.
   * @default ["openid", "email", "groups", "offline_access"]
   */
  scopes?: string[];
  /** @default "groups" */
  groupsClaim?: string;
  /**
   * Let people in whose address the provider has not verified. Some providers never say so; then anyone who may choose an address
   * there could take somebody's identity here.
   * @default false
   */
  acceptUnverifiedEmail?: boolean;
  /**
   * How the provider says that there was a second factor.
   * @default - `amr` with "mfa", and no value of `acr`
   */
  mfa?: MfaArgs;
  /**
   * Audiences of programs' tokens, where they are not made for `clientId`.
   * @default - none
   */
  audiences?: string[];
  /**
   * Private ranges the provider's hosts may resolve to, such as `"10.20.0.0/16"`, for a provider inside the company. A host that
   * resolves to any other address that is not public is refused.
   * @default - none
   */
  privateRanges?: string[];
}

/** Claims that stand for a second factor; one of them is enough. */
export interface MfaArgs {
  /**
   * Values in the list `amr`.
   * @default ["mfa"]
   */
  amr?: string[];
  /**
   * Values of `acr`.
   * @default - none
   */
  acr?: string[];
}

export const DEFAULT_SCOPES = ["openid", "email", "groups", "offline_access"];
export const DEFAULT_MFA = ["mfa"];

/**
 * Completes and checks the provider.
 * @throws InputPropertyError for an issuer that is not https, or whose endpoints are on another host than its token endpoint
 */
export function resolveIdentityProvider(args: IdentityProviderArgs, endpoints: EndpointArgs): IdentityProvider {
  for (const [key, url] of Object.entries({ issuer: args.issuer, ...endpoints })) {
    if (url !== undefined) requireHttps(`identityProvider.${key}`, url);
  }
  return {
    issuer: args.issuer,
    clientId: args.clientId,
    endpoints,
    scopes: args.scopes ?? DEFAULT_SCOPES,
    ...believedTokens(args),
  };
}

/** Which tokens are believed, and what is read from them, with nothing left open. */
export function believedTokens(
  args: IdentityProviderArgs,
): Pick<IdentityProvider, "groupsClaim" | "acceptUnverifiedEmail" | "mfa" | "audiences"> {
  return {
    groupsClaim: args.groupsClaim ?? "groups",
    acceptUnverifiedEmail: args.acceptUnverifiedEmail ?? false,
    mfa: { amr: args.mfa?.amr ?? DEFAULT_MFA, acr: args.mfa?.acr ?? [] },
    audiences: [args.clientId, ...(args.audiences ?? [])],
  };
}

/**
 * Checks what can be checked before anything is created.
 * @param assertion True if a proxy in front signs people in, and only its keys are needed
 */
export function validateIdentityProvider(args: IdentityProviderArgs, assertion: boolean): void {
  const { endpoints, groupsClaim } = args;
  requireHttps("identityProvider.issuer", args.issuer);
  if (!args.clientId)
    throw refuse("identityProvider.clientId", "is empty; use the client id the provider gave to OpenClaw");
  if (groupsClaim !== undefined && !/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(groupsClaim)) {
    throw refuse(
      "identityProvider.groupsClaim",
      `"${groupsClaim}" is no claim's name here; use letters, digits and underscores`,
    );
  }
  checkPrivateRanges(args.privateRanges ?? [], "identityProvider.privateRanges");
  if (assertion) {
    if (!endpoints)
      throw refuse("identityProvider.endpoints", "is missing; name at least jwks, where the proxy's keys are");
    return;
  }
  if (endpoints && !(endpoints.authorization && endpoints.token))
    throw refuse("identityProvider.endpoints", "lacks authorization or token; name both, or leave endpoints out");
}

function requireHttps(propertyPath: string, url: string): void {
  if (!URL.canParse(url)) throw refuse(propertyPath, `"${url}" is no URL; write it as https://login.example.com`);
  if (new URL(url).protocol !== "https:") {
    throw refuse(propertyPath, `"${url}" is not https: anyone on the way could log in as anybody; use an https issuer`);
  }
}

function refuse(propertyPath: string, reason: string): Error {
  return new pulumi.InputPropertyError({ propertyPath, reason });
}

/**
 * Hosts the egress gateway lets edge and guard reach. Those of the given endpoints, otherwise the issuer's: no host enters the
 * perimeter by a document that was fetched.
 */
export function providerHosts({ issuer, endpoints }: IdentityProviderArgs): { name: string; port: number }[] {
  const called = endpoints ? [endpoints.token, endpoints.jwks] : [issuer];
  const hosts = called
    .filter((url) => url !== undefined)
    .map((url) => new URL(url))
    .map(({ hostname, port }) => ({ name: hostname, port: Number(port || 443) }));
  return hosts.filter((host, i) => hosts.findIndex(({ name }) => name === host.name) === i);
}
