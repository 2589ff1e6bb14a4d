import { discoverEndpoints } from "../../lib/access/discovery";

const ISSUER = "https://login.example.com";
const DOCUMENT = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/auth`,
  token_endpoint: `${ISSUER}/token`,
  jwks_uri: `${ISSUER}/jwks`,
};

const answer = (body: object) =>
  jest.spyOn(globalThis, "fetch").mockImplementation(async () => {
    return new Response(JSON.stringify(body), { headers: { "content-type": "application/json" } });
  });

afterEach(() => jest.restoreAllMocks());

test("the endpoints are those of the discovery document", async () => {
  answer(DOCUMENT);
  expect(await discoverEndpoints(ISSUER)).toEqual({
    authorization: `${ISSUER}/auth`,
    token: `${ISSUER}/token`,
    jwks: `${ISSUER}/jwks`,
    endSession: undefined,
  });
});

test.each([
  [
    "a document of somebody else",
    { ...DOCUMENT, issuer: "https://evil.example.com" },
    /did not answer with its discovery document/,
  ],
  ["no key endpoint", { ...DOCUMENT, jwks_uri: undefined }, /names no authorization, token or key endpoint/],
  [
    "keys on another host",
    { ...DOCUMENT, jwks_uri: "https://keys.example.com/jwks" },
    /has an endpoint on another host \(https:\/\/keys\.example\.com\/jwks\)/,
  ],
])("%s is refused", async (_name, document, message) => {
  answer(document);
  await expect(discoverEndpoints(ISSUER)).rejects.toMatchObject({ reason: expect.stringMatching(message) });
});

test("an issuer that cannot be reached is refused", async () => {
  jest.spyOn(globalThis, "fetch").mockRejectedValue(new Error("getaddrinfo ENOTFOUND"));
  await expect(discoverEndpoints(ISSUER)).rejects.toMatchObject({
    reason: expect.stringContaining("check it, or name the endpoints"),
  });
});
