// The authorization code flow with PKCE, as the application's proxy does it.
import { createHash, randomBytes } from "node:crypto";
import { createRemoteJWKSet, customFetch, jwtVerify } from "jose";
import { Browser } from "./browser.js";
import { clientId, clientSecret, issuer, redirectUri } from "./fixtures.js";

const { origin } = new URL(issuer);
const basic = (id, secret) => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
const application = basic(clientId, clientSecret);

export const newBrowser = (port, ca) => new Browser({ origin, port, ca });

/** Goes to the sign-in page. `more` adds or replaces parameters of the authorization request. */
export async function openSignIn(browser, more = {}) {
  const verifier = randomBytes(32).toString("base64url");
  const parameters = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: "openid email groups offline_access",
    state: "state-of-the-application",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...more,
  });
  const first = await browser.get(`${issuer}/auth?${parameters}`);
  const url = first.location;
  const page = await browser.follow(first, `${issuer}/`);
  return { url, page, verifier };
}

/** Sends the form and follows up to the application's callback. */
export async function submit(browser, { url }, form) {
  return browser.follow(await browser.post(url, { code: "", ...form }), `${issuer}/`);
}

export const codeOf = (answer) => new URL(answer.location).searchParams.get("code");

export function exchange(browser, code, verifier) {
  const form = { grant_type: "authorization_code", code, redirect_uri: redirectUri, code_verifier: verifier };
  return token(browser, form);
}

export const refresh = (browser, refreshToken) =>
  token(browser, { grant_type: "refresh_token", refresh_token: refreshToken });

/** A machine signs in with its own secret. */
export const machineToken = (browser, { id, secret }, more) =>
  token(browser, { grant_type: "client_credentials", ...more }, basic(id, secret));

async function token(browser, form, authorization = application) {
  const answer = await browser.post(`${issuer}/token`, form, { authorization, accept: "application/json" });
  return { status: answer.status, ...JSON.parse(answer.text) };
}

export async function signIn(browser, form, more) {
  const started = await openSignIn(browser, more);
  const answer = await submit(browser, started, form);
  return exchange(browser, codeOf(answer), started.verifier);
}

/** Verifies a token by discovery and the published keys, and returns header and claims. */
export async function verify(browser, idToken, audience = clientId) {
  const discovery = JSON.parse((await browser.get(`${issuer}/.well-known/openid-configuration`)).text);
  const fetchKeys = async (url) => new Response((await browser.get(url)).text);
  const keys = createRemoteJWKSet(new URL(discovery.jwks_uri), { [customFetch]: fetchKeys });
  return jwtVerify(idToken, keys, { issuer, audience, algorithms: ["ES256"] });
}
