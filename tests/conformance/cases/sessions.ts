import { type Answer, ask, type Browser } from "../../../testbed/client/http";
import type { Case } from "../case";
import type { Context } from "../context";
import { asPersonsToken, hostOf, outcome, PROTECTED, request, toEdge } from "../raw";

/** Led to sign in, or refused: both are no session. */
const NO_SESSION = /^(302|401)$/;
/** A session that was ended may also be known, and refused for that. */
const GONE = /^(302|401|403)$/;

function session(
  name: string,
  what: string,
  expected: string | RegExp,
  attack: (context: Context) => Promise<string>,
): Case {
  return { id: `session.${name}`, serves: [1, 27], what, expected, attack };
}

/** Asks for something that needs a session with these cookies. */
async function withCookies(context: Context, cookies: string, headers: string[] = []): Promise<string> {
  const all = [`Host: ${hostOf(context)}`, ...(cookies ? [`Cookie: ${cookies}`] : []), ...headers];
  return outcome(await toEdge(context, request(`GET ${PROTECTED}`, all)));
}

const cookiesOf = (browser: Browser) => browser.cookies.getCookieStringSync(browser.origin);

/** The cookies with some values changed. */
function changed(cookies: string, change: (name: string, value: string) => string): string {
  return cookies
    .split("; ")
    .map((cookie) => {
      const at = cookie.indexOf("=");
      return `${cookie.slice(0, at)}=${change(cookie.slice(0, at), cookie.slice(at + 1))}`;
    })
    .join("; ");
}

const reversed = (value: string) => [...value].reverse().join("");

async function admins(context: Context): Promise<string> {
  const claims = { email: "alice@example.com", groups: ["openclaw-admins"], amr: ["mfa"] };
  return (await context.tokens()).mint({ claims });
}

const sessions: Case[] = [
  session("own", "comes with a session, to know that the others are refused for theirs", "200", async (context) =>
    withCookies(context, await context.cookies("viewer")),
  ),
  session("none-page", "opens the page without a session", "302", (context) => withCookies(context, "")),
  session("none-script", "calls as a script without a session", "401", (context) =>
    withCookies(context, "", ["Sec-Fetch-Mode: cors"]),
  ),
  session("none-post", "posts without a session", "401", async (context) =>
    outcome(
      await toEdge(context, request("POST /tools/invoke", [`Host: ${hostOf(context)}`, "Content-Length: 2"], "{}")),
    ),
  ),
  session("invented", "invents cookies with the right names", NO_SESSION, async (context) =>
    withCookies(
      context,
      changed(await context.cookies("viewer"), () => "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    ),
  ),
  session("tampered", "changes every cookie", NO_SESSION, async (context) =>
    withCookies(
      context,
      changed(await context.cookies("viewer"), (_, value) => reversed(value)),
    ),
  ),
  session("longer", "says that the session ends much later, without what renews it", NO_SESSION, async (context) => {
    const cookies = changed(await context.cookies("viewer"), (name, value) =>
      name.endsWith("exp") ? "4102444800" : value,
    );
    return withCookies(context, cookies.replace(/; [^;]*-rt=[^;]*/, "").replace(/^[^;]*-rt=[^;]*; /, ""));
  }),
  session(
    "token-instead",
    "comes with a good token of an administrator instead of a session",
    NO_SESSION,
    async (context) => {
      return withCookies(context, "", [`Authorization: Bearer ${await admins(context)}`]);
    },
  ),
  session(
    "token-in-place",
    "comes without a session, with an administrator's token where the login would put it",
    NO_SESSION,
    async (context) => withCookies(context, "", [asPersonsToken(await admins(context))]),
  ),
  session("after-sign-out", "replays a stolen session after its owner signed out", GONE, async (context) => {
    const browser = await context.freshlySignedIn("viewer");
    const stolen = cookiesOf(browser);
    await signOut(browser);
    return withCookies(context, stolen);
  }),
  session(
    "after-half-sign-out",
    "replays a stolen session whose owner signed out and closed the browser at once",
    GONE,
    async (context) => {
      const browser = await context.freshlySignedIn("viewer");
      const stolen = cookiesOf(browser);
      await ask(browser, "/oauth2/sign_out");
      return withCookies(context, stolen);
    },
  ),
  session("signed-out", "goes on in a browser in which somebody signed out", NO_SESSION, async (context) => {
    const browser = await context.freshlySignedIn("viewer");
    await signOut(browser);
    return withCookies(context, cookiesOf(browser));
  }),
];

/** Signs out as a person does: goes where the browser is led, and confirms. */
async function signOut(browser: Browser): Promise<void> {
  let next = await ask(browser, "/oauth2/sign_out");
  while (next.headers.location) {
    next = await ask(browser, new URL(next.headers.location, next.url).href);
    const confirmed = signOutForm(next);
    if (confirmed) next = await ask(browser, confirmed.url, confirmed.ask);
  }
}

/** The demo identity provider's question whether one really wants to sign out. */
function signOutForm({ url, body }: Answer) {
  const action = /<form[^>]*action="([^"]+)"/.exec(body)?.[1];
  if (!action) return undefined;
  const fields = [...body.matchAll(/<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"/g)].map(
    ([, name, value]) => [name, value] as [string, string],
  );
  const headers = { "content-type": "application/x-www-form-urlencoded", origin: new URL(url).origin };
  const form = new URLSearchParams([...fields, ["logout", "yes"]]).toString();
  return { url: new URL(action, url).href, ask: { method: "POST", headers, body: form } };
}

function callback(
  name: string,
  what: string,
  expected: string | RegExp,
  attack: (context: Context) => Promise<string>,
): Case {
  return { id: `callback.${name}`, serves: [2, 25], what, expected, attack };
}

const callbacks: Case[] = [
  callback(
    "own",
    "signs in, to know that the others are refused for what is wrong with them",
    "302",
    async (context) => {
      const { browser, ...walk } = await context.walk("viewer");
      return `${(await ask(browser, walk.callback)).status}`;
    },
  ),
  ...Object.entries({
    bare: "",
    "code-only": "?code=stolen",
    "state-only": "?state=made-up",
    "foreign-state": "?code=stolen&state=bWFkZS11cA",
    error: "?error=access_denied&error_description=%3Cscript%3E",
  }).map(([name, query]) =>
    callback(
      name,
      `calls the login's callback with ${query || "nothing"}`,
      "401",
      async (context) => `${(await ask(context.browser(), `/oauth2/callback${query}`)).status}`,
    ),
  ),
  callback(
    "login-csrf",
    "has a victim without a session open the attacker's own callback",
    "401, no session",
    async (context) => {
      const walk = await context.walk("viewer");
      const victim = context.browser();
      const { status } = await ask(victim, walk.callback);
      const after = await ask(victim, PROTECTED);
      return `${status}, ${after.status === 200 ? "a session" : "no session"}`;
    },
  ),
  callback(
    "login-csrf-beginning",
    "has a victim who is about to sign in open the attacker's callback",
    "401, no session",
    async (context) => {
      const walk = await context.walk("viewer");
      const { browser: victim } = await context.walk("operator");
      const { status } = await ask(victim, walk.callback);
      return `${status}, ${(await ask(victim, PROTECTED)).status === 200 ? "a session" : "no session"}`;
    },
  ),
  callback("code-injection", "puts another's code into one's own callback", "401", async (context) => {
    const victim = await context.walk("operator");
    const { browser: attacker, callback } = await context.walk("viewer");
    const own = new URL(callback);
    own.searchParams.set("code", new URL(victim.callback).searchParams.get("code") as string);
    return `${(await ask(attacker, own.href)).status}`;
  }),
  callback("replay", "uses a callback again in another browser after its owner used it", "401", async (context) => {
    const { browser, ...walk } = await context.walk("viewer");
    await ask(browser, walk.callback);
    return `${(await ask(context.browser(), walk.callback)).status}`;
  }),
  callback("open-redirect", "changes where the callback leads to another site", "401", (context) =>
    redirected(context, "https://elsewhere.example/"),
  ),
  callback(
    "open-redirect-slashes",
    "changes where the callback leads to another site without a scheme",
    /^(401|302 home)$/,
    (context) => redirected(context, "//elsewhere.example/"),
  ),
  callback(
    "open-redirect-user",
    "changes where the callback leads to another site with the right name as its user",
    "401",
    (context) => redirected(context, `https://${hostOf(context)}@elsewhere.example/`),
  ),
  callback(
    "return-address",
    "begins to sign in by a path that looks like another site",
    /^(home|400)$/,
    async (context) => {
      const answer = await toEdge(context, request("GET //elsewhere.example/%2e%2e", [`Host: ${hostOf(context)}`]));
      const location = /^location: (.*)$/im.exec(answer.received.toString())?.[1];
      if (!location) return outcome(answer);
      const { url } = stateOf(new URL(location.trim())).state;
      return new URL(`${url}`).origin === context.deployment.origin ? "home" : `${url}`;
    },
  ),
];

/** The login's state: where to return to, in a form that the browser can edit. */
function stateOf(url: URL): { state: Record<string, unknown>; write: (state: Record<string, unknown>) => string } {
  const text = url.searchParams.get("state") ?? "";
  const state = JSON.parse(Buffer.from(text, "base64url").toString()) as Record<string, unknown>;
  return { state, write: (changed) => Buffer.from(JSON.stringify(changed)).toString("base64url") };
}

/** Finishes one's own login with the address to return to changed. */
async function redirected(context: Context, to: string): Promise<string> {
  const { browser, callback } = await context.walk("viewer");
  const url = new URL(callback);
  const { state, write } = stateOf(url);
  url.searchParams.set("state", write({ ...state, url: to }));
  const { status, headers } = await ask(browser, url.href);
  if (!headers.location) return `${status}`;
  const { origin } = new URL(headers.location, context.deployment.origin);
  return `${status} ${origin === context.deployment.origin ? "home" : headers.location}`;
}

const cookies: Case[] = [
  {
    id: "cookie.attributes",
    serves: [27],
    what: "reads every cookie the edge sets on the way to a session and looks for one that is too open",
    expected: "none",
    attack: async (context) => {
      const { browser, ...walk } = await context.walk("viewer");
      const answers = [...walk.answers, await ask(browser, walk.callback)];
      const set = answers
        .flatMap(({ headers }) => headers["set-cookie"] ?? [])
        .filter((one) => /oc-[^;]*=[^;]/.test(one) && !/max-age=0|1970/i.test(one));
      if (set.length < 5) throw new Error(`only ${set.length} cookies were set`);
      return problems(set);
    },
  },
  {
    id: "cookie.readable",
    serves: [27],
    what: "looks for an address or a token that can be read in the session's cookies",
    expected: "nothing",
    attack: async (context) => {
      const text = decodeURIComponent(await context.cookies("viewer"));
      const decoded = text.split(/[=;. ]+/).map((part) => Buffer.from(part, "base64url").toString("latin1"));
      const all = [text, ...decoded].join("\n");
      return /@example\.com|"alg"|"groups"/.test(all) || holdsJson(text) ? "something" : "nothing";
    },
  },
];

/** Whether a part of it is encoded JSON, as a token begins; that it looks like that may be chance. */
function holdsJson(text: string): boolean {
  const alike = text.match(/eyJ[\w-]+/g) ?? [];
  return alike.some((part) => /^\{"\w+" ?:/.test(Buffer.from(part, "base64url").toString("latin1")));
}

function problems(set: string[]): string {
  const wrong = set.flatMap((cookie) => {
    const [pair = "", ...attributes] = cookie.split(/; */);
    const name = pair.split("=")[0] ?? "";
    const has = attributes.map((attribute) => attribute.toLowerCase());
    const missing = ["secure", "httponly", "samesite=lax"].filter((wanted) => !has.includes(wanted));
    const path = has.find((attribute) => attribute.startsWith("path="));
    // What belongs to one login is seen by its callback alone, and can then not be bound to the host by its name.
    const bound = name.startsWith("__Host-") || (name.startsWith("__Secure-") && path === "path=/oauth2/callback");
    const domain = has.filter((attribute) => attribute.startsWith("domain="));
    return [...missing.map((one) => `${name} lacks ${one}`), ...(bound ? [] : [`${name} is not bound`]), ...domain];
  });
  return wrong.length === 0 ? "none" : [...new Set(wrong)].join(", ");
}

export const sessionCases: Case[] = [...sessions, ...callbacks, ...cookies];
