/** Endpoints as in the discovery document. */
export interface EndpointArgs {
  /** @default - required, unless a proxy in front signs people in */
  authorization?: string;
  /** @default - required, unless a proxy in front signs people in */
  token?: string;
  jwks: string;
  /** @default - signing out does not end the session at the provider */
  endSession?: string;
}

/** Endpoints of a provider that people sign in at. */
export interface SignInEndpoints {
  authorization: string;
  token: string;
  endSession?: string;
}

/** An identity provider as edge, guard and egress need it. */
export interface IdentityProvider {
  issuer: string;
  clientId: string;
  endpoints: EndpointArgs;
  scopes: string[];
  groupsClaim: string;
  acceptUnverifiedEmail: boolean;
  mfa: { amr: string[]; acr: string[] };
  /** Whom tokens may be made for: people's for the client, programs' for these too. */
  audiences: string[];
}

/**
 * The endpoints a login engine of ours needs.
 * @throws Error if the provider has none, which {@link validateIdentityProvider} finds first
 */
export function signInEndpoints({ issuer, endpoints }: IdentityProvider): SignInEndpoints {
  const { authorization, token, endSession } = endpoints;
  if (!authorization || !token) throw new Error(`${issuer} has no endpoints to sign in at`);
  return { authorization, token, endSession };
}
