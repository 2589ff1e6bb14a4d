import Provider from "oidc-provider";
import { log } from "./log.js";
import { machineClients, machineFeatures, nameAuthorizedParty } from "./machine-clients.js";
import { messagePage, signOutPage } from "./pages.js";

const scopes = ["openid", "email", "profile", "groups", "offline_access"];

/**
 * The OIDC library, set up for one confidential client whose consent is a given, and for the machine clients. Several of the same
 * `adapter` know the same sessions and tokens.
 */
export function createProvider(files, users, jwks, adapter) {
  const path = new URL(files.issuer).pathname;
  const cookie = { httpOnly: true, sameSite: "lax", secure: true };
  const { tokenLifetimeSeconds: token, sessionLifetimeSeconds: session } = files;

  const provider = new Provider(files.issuer, {
    adapter,
    clients: [clientOf(files), ...machineClients(files.machineClients)],
    jwks,
    enabledJWA: { idTokenSigningAlgValues: ["ES256"] },
    scopes,
    acrValues: ["pwd", "mfa"],
    // The application asks for few scopes and decides by the ID token alone, so all claims are in it.
    conformIdTokenClaims: false,
    claims: {
      openid: ["sub", "email", "email_verified", "name", "groups", "acr", "amr", "auth_time"],
      email: ["email", "email_verified"],
      profile: ["name"],
      groups: ["groups"],
    },
    cookies: {
      keys: [files.cookieKey],
      names: { session: "demo_identity_session", interaction: "demo_identity_step", resume: "demo_identity_resume" },
      // Interaction cookies get their own, narrower path from the library.
      long: { ...cookie, path },
      short: cookie,
    },
    ttl: {
      AccessToken: token,
      ClientCredentials: token,
      IdToken: token,
      AuthorizationCode: 60,
      Interaction: 600,
      Session: session,
      Grant: session,
      RefreshToken: session,
    },
    pkce: { required: () => false },
    // The library drops offline_access unless consent is asked for; here a refresh token is always issued, and it dies with the
    // session: signing out ends it. Rotated, a used one that is used again ends the session too, and Envoy refreshes in parallel.
    issueRefreshToken: () => true,
    rotateRefreshToken: files.rotateRefreshTokens,
    expiresWithSession: () => true,
    loadExistingGrant,
    findAccount: (ctx, sub) => findAccount(ctx, sub, users),
    interactions: { url: (_ctx, interaction) => `${path === "/" ? "" : path}/login/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      ...machineFeatures(files.machineClients, token),
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = signOutPage(form);
        },
        postLogoutSuccessSource: (ctx) => {
          ctx.body = messagePage("Signed out", "You can close this page.");
        },
      },
    },
    formats: { customizers: { jwt: nameAuthorizedParty } },
    renderError: (ctx, out) => {
      ctx.type = "html";
      ctx.body = messagePage("Something went wrong", out.error_description ?? out.error);
    },
  });

  provider.on("server_error", (_ctx, error) => log({ event: "error", message: error.message }));
  for (const event of ["authorization.error", "grant.error", "end_session.error"]) {
    provider.on(event, (_ctx, error) => log({ event, message: error.message, description: error.error_description }));
  }
  return provider;
}

function clientOf({ clientId, clientSecret, redirectUris, postLogoutRedirectUris }) {
  return {
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uris: redirectUris,
    post_logout_redirect_uris: postLogoutRedirectUris,
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "client_secret_basic",
    id_token_signed_response_alg: "ES256",
    require_auth_time: true,
  };
}

async function loadExistingGrant(ctx) {
  const { client, session, provider } = ctx.oidc;
  const known = session.grantIdFor(client.clientId);
  const existing = known ? await provider.Grant.find(known) : undefined;
  if (existing) return existing;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(scopes.join(" "));
  await grant.save();
  return grant;
}

function findAccount(ctx, sub, users) {
  const user = users.withSubject(sub);
  if (!user) return undefined;
  // Asks for the session id in the ID token, which the library otherwise adds only for back-channel logout.
  if (ctx.oidc.route === "authorization" || ctx.oidc.route === "resume") {
    ctx.oidc.claims.id_token = { ...ctx.oidc.claims.id_token, sid: null };
  }
  const { email, name, groups } = user;
  return { accountId: sub, claims: () => ({ sub, email, email_verified: true, name, groups }) };
}
