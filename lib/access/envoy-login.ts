import { login } from "../envoy";
import { type ProviderAccess, providerCluster, providerClusters } from "./connection";
import type { LoginEngine } from "./login-engine";
import type { IdentityProvider, SignInEndpoints } from "./provider";

export interface EnvoyLoginArgs {
  directory: string;
  /** Origin people use. */
  origin: string;
  identityProvider: IdentityProvider;
  endpoints: SignInEndpoints;
  provider: ProviderAccess;
  /** Let programs in that bring a token of their own. */
  acceptBearer: boolean;
}

/**
 * Envoy's own `oauth2` filter: no further process, sessions in encrypted cookies. Signed out is final when the provider's tokens have
 * expired; the policy administrator ends what must end now. Pure.
 */
export function envoyLogin(args: EnvoyLoginArgs): LoginEngine {
  const { directory, origin, identityProvider, endpoints, acceptBearer } = args;
  return {
    filters: [
      login({
        directory,
        origin,
        clientId: identityProvider.clientId,
        scopes: identityProvider.scopes,
        authorizationEndpoint: endpoints.authorization,
        tokenEndpoint: endpoints.token,
        endSessionEndpoint: endpoints.endSession,
        cluster: providerCluster(endpoints.token),
        acceptBearer,
      }),
    ],
    routes: [],
    clusters: providerClusters(directory, args.provider, [endpoints.token]),
    // The login leaves the tokens in the cookie, decrypted; whoever got them could be the user elsewhere.
    remove: ["cookie"],
  };
}
