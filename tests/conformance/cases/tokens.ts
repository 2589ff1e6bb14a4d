import type { Case } from "../case";
import type { Context } from "../context";
import { asEdge, asPersonsToken, hostOf, outcome, PROTECTED, request } from "../raw";
import { foreignKey, type Minting, type Tokens } from "../tokens";

/** Only with a good token, and a name in it, is this there. */
const PAGE = `GET ${PROTECTED}`;
const ADMIN = { email: "alice@example.com", groups: ["openclaw-admins"] };
/** What the edge says about a request, and OpenClaw wants to hear. */
const FORWARDED = ["X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https"];
const hoursAgo = (hours: number) => Math.floor(Date.now() / 1000) - hours * 3600;

const about = (context: Context) => [`Host: ${hostOf(context)}`, ...FORWARDED, `X-Forwarded-Host: ${hostOf(context)}`];

async function present(context: Context, token: string | undefined, more: string[] = []): Promise<string> {
  const authorization = token === undefined ? [] : [asPersonsToken(token)];
  const answer = await asEdge(context, request(PAGE, [...about(context), ...authorization, ...more]));
  return outcome(answer);
}

function token(name: string, what: string, expected: string, make: (tokens: Tokens) => string | undefined): Case {
  return {
    id: `token.${name}`,
    serves: [10, 50],
    what: `presents to the guard, from the edge: ${what}`,
    expected,
    attack: async (context) => present(context, make(await context.tokens())),
  };
}

const minted = (minting: Minting) => (tokens: Tokens) => tokens.mint(minting);
const claims = (changed: Record<string, unknown>) => minted({ claims: changed });

/** A workload that was taken over speaks with its own certificate: what it says about people must be proven all the same. */
export const tokenCases: Case[] = [
  token("good", "a good token, to know that the others are refused for what is wrong with them", "200", minted({})),
  token("missing", "no token", "401", () => undefined),
  token("garbage", "three words with dots", "401", () => "not.a.token"),
  token("alg-none", "an unsigned token that says so", "401", (tokens) =>
    tokens.mint({ claims: ADMIN, header: { alg: "none", kid: undefined }, signature: () => Buffer.alloc(0) }),
  ),
  token("alg-none-spelled", "an unsigned token with algorithm nOnE", "401", (tokens) =>
    tokens.mint({ claims: ADMIN, header: { alg: "nOnE" }, signature: () => Buffer.alloc(0) }),
  ),
  token("hs256-public-key", "a token signed with the public key as a shared secret", "401", (tokens) =>
    tokens.confused(ADMIN),
  ),
  token("no-signature", "a token whose signature was cut off", "401", (tokens) => tokens.mint().replace(/[^.]*$/, "")),
  token("changed-claims", "a token whose claims were changed after signing", "401", (tokens) => {
    const [header, , signature] = tokens.mint().split(".");
    const [, changed] = tokens.mint({ claims: ADMIN }).split(".");
    return `${header}.${changed}.${signature}`;
  }),
  token("foreign-key", "a token of a foreign key that uses the right key's name", "401", minted({ key: foreignKey() })),
  token(
    "unknown-kid",
    "a token of a foreign key under another name",
    "401",
    minted({ key: foreignKey(), header: { kid: "mine" } }),
  ),
  token("embedded-key", "a token that brings its own key along", "401", (tokens) => {
    const key = foreignKey();
    const { x, y } = key.export({ format: "jwk" });
    return tokens.mint({ key, header: { kid: undefined, jwk: { kty: "EC", crv: "P-256", x, y } } });
  }),
  token("issuer", "a token of another issuer", "401", claims({ iss: "https://login.example.org" })),
  token("issuer-slash", "a token whose issuer has a slash more", "401", (tokens) => {
    const [, payload] = tokens.mint().split(".");
    const { iss } = JSON.parse(Buffer.from(payload as string, "base64url").toString()) as { iss: string };
    return tokens.mint({ claims: { iss: `${iss}/` } });
  }),
  token("no-issuer", "a token without an issuer", "401", claims({ iss: undefined })),
  token("audience", "a token for another application", "403", claims({ aud: "payroll" })),
  token("no-audience", "a token for nobody in particular", "403", claims({ aud: undefined })),
  token("expired", "a token that ended an hour ago", "401", claims({ iat: hoursAgo(2), exp: hoursAgo(1) })),
  token("no-expiry", "a token without an end", "401", claims({ exp: undefined })),
  token("not-yet-valid", "a token that begins in an hour", "401", claims({ nbf: hoursAgo(-1), exp: hoursAgo(-2) })),
  token("oversized", "a token of 40 kB", "431", claims({ padding: "x".repeat(40_000) })),
  token("email-unverified", "a token with an address nobody verified", "403", claims({ email_verified: false })),
  token("email-verified-text", "a token that says verified as text", "403", claims({ email_verified: "true" })),
  token("no-groups", "a token without groups", "403", claims({ groups: undefined })),
  token("no-role", "a token with groups that have no role", "403", claims({ groups: ["everyone"] })),
  token("groups-text", "a token with groups as text", "403", claims({ groups: "openclaw-viewers" })),
  token(
    "groups-part",
    "a token with a group that begins like one with a role",
    "403",
    claims({ groups: ["openclaw-viewers-2"] }),
  ),
  token("mfa-missing", "an administrator's token without a second factor", "403", claims({ ...ADMIN, amr: undefined })),
  token("mfa-password", "an administrator's token by password alone", "403", claims({ ...ADMIN, amr: ["pwd"] })),
  token("mfa-text", "an administrator's token with mfa as text", "403", claims({ ...ADMIN, amr: "mfa" })),
  token(
    "email-line-break",
    "a token whose address goes on with a header of its own",
    "403",
    claims({ email: "carol@example.com\r\nx-openclaw-scopes: operator.admin" }),
  ),
  token("no-email", "a token without an address", "403", claims({ email: undefined })),
  {
    id: "token.no-email-but-header",
    serves: [10, 19],
    what: "presents a token without an address to the guard, and the secret user header with an administrator's",
    expected: "403",
    attack: async (context) => {
      const header = `${context.deployment.secrets.userHeader}: ${ADMIN.email}`;
      return present(context, (await context.tokens()).mint({ claims: { email: undefined } }), [header]);
    },
  },
  {
    id: "token.twice",
    serves: [10],
    what: "presents a good viewer's token and an unsigned administrator's in a second header to the guard",
    expected: /^(400|401|403)$/,
    attack: async (context) => {
      const tokens = await context.tokens();
      const forged = tokens.mint({ claims: ADMIN, header: { alg: "none" }, signature: () => Buffer.alloc(0) });
      return present(context, tokens.mint(), [asPersonsToken(forged)]);
    },
  },
  {
    id: "token.program-place",
    serves: [10],
    what: "presents an administrator's token to the guard in the place for programs, of which none may do anything",
    expected: "401",
    attack: async (context) => {
      const token = (await context.tokens()).mint({ claims: { ...ADMIN, amr: ["mfa"] } });
      return present(context, undefined, [`Authorization: Bearer ${token}`]);
    },
  },
  {
    id: "token.in-query",
    serves: [10, 31],
    what: "presents a good token to the guard in the query only",
    expected: "400",
    attack: async (context) => {
      const token = (await context.tokens()).mint();
      const text = request(`${PAGE}?access_token=${token}`, about(context));
      return outcome(await asEdge(context, text));
    },
  },
  {
    id: "token.scopes-forged",
    serves: [6, 19],
    what: "calls a tool as viewer with a good token at the guard, asking for administrator's scopes in headers",
    expected: "403",
    attack: async (context) => {
      const body = '{"tool":"session_status"}';
      const headers = [
        ...about(context),
        asPersonsToken((await context.tokens()).mint()),
        "x-openclaw-scopes: operator.admin",
        "X-OpenClaw-Scopes: operator.admin,operator.write",
        "content-type: application/json",
        `content-length: ${body.length}`,
      ];
      return outcome(await asEdge(context, request("POST /tools/invoke", headers, body)));
    },
  },
];
