import { errors } from "oidc-provider";

const { InvalidTarget } = errors;

/** What a machine client's access token is for. The library wants an address; the audience is what the token says. */
const resource = (clientId) => `urn:demo-identity:machine:${encodeURIComponent(clientId)}`;

/** Registers the machine clients: no person, no redirect, no refresh, only the client credentials grant. */
export function machineClients(machines) {
  return machines.map(({ clientId, clientSecret }) => ({
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uris: [],
    grant_types: ["client_credentials"],
    response_types: [],
    token_endpoint_auth_method: "client_secret_basic",
    id_token_signed_response_alg: "ES256",
  }));
}

/** The library's features that give each machine client a signed token for its own audience, and nobody else one. */
export function machineFeatures(machines, tokenSeconds) {
  const byResource = new Map(machines.map((machine) => [resource(machine.clientId), machine]));
  const enabled = machines.length > 0;
  return {
    clientCredentials: { enabled },
    resourceIndicators: {
      enabled,
      defaultResource: (_ctx, client) =>
        byResource.has(resource(client.clientId)) ? resource(client.clientId) : undefined,
      getResourceServerInfo: (_ctx, asked, client) => {
        // A client's own only: another one's would be a token for somebody else's audience.
        const machine = asked === resource(client.clientId) ? byResource.get(asked) : undefined;
        if (!machine) throw new InvalidTarget();
        return {
          scope: "",
          audience: machine.audience,
          accessTokenTTL: tokenSeconds,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "ES256" } },
        };
      },
    },
  };
}

/** Many proxies look for the caller in `azp`; the library writes `client_id` only. */
export function nameAuthorizedParty(_ctx, _token, { payload }) {
  payload.azp = payload.client_id;
}
