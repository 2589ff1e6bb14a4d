import * as pulumi from "@pulumi/pulumi";
import type { EndpointArgs } from "./provider";

/**
 * Asks an identity provider for its endpoints.
 * @throws InputPropertyError if it cannot be reached, has no endpoint that is needed, or has them on another host than the issuer's
 */
export async function discoverEndpoints(issuer: string): Promise<EndpointArgs> {
  const { discovery } = await import("openid-client");
  const metadata = await discovery(new URL(issuer), "discovery").then(
    (found) => found.serverMetadata(),
    (error: Error) =>
      refuse(
        `${issuer} did not answer with its discovery document (${error.message}); check it, or name the endpoints`,
      ),
  );
  const { authorization_endpoint, token_endpoint, jwks_uri, end_session_endpoint } = metadata;
  if (!authorization_endpoint || !token_endpoint || !jwks_uri) {
    return refuse(
      `${issuer} names no authorization, token or key endpoint; it is no OpenID Connect provider for sign-in`,
    );
  }
  for (const url of [token_endpoint, jwks_uri]) {
    if (new URL(url).host !== new URL(issuer).host) {
      refuse(
        `${issuer} has an endpoint on another host (${url}); name all endpoints, so that the perimeter shows that host`,
      );
    }
  }
  return {
    authorization: authorization_endpoint,
    token: token_endpoint,
    jwks: jwks_uri,
    endSession: end_session_endpoint,
  };
}

function refuse(reason: string): never {
  throw new pulumi.InputPropertyError({ propertyPath: "identityProvider.issuer", reason });
}
