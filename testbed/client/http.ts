import { type RequestOptions, request } from "node:https";
import { CookieJar } from "tough-cookie";

/** Where a person's browser is: which roots it trusts, and the cookies it has. */
export interface Browser {
  /** Origin of the deployment. */
  origin: string;
  /** PEM of the roots. */
  roots: string;
  cookies: CookieJar;
}

export interface Answer {
  url: string;
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

export interface Ask {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

export function openBrowser(origin: string, roots: string): Browser {
  return { origin, roots, cookies: new CookieJar() };
}

const TIMEOUT_MS = 20_000;
const MAX_REDIRECTS = 15;

/** One request with the browser's cookies; redirects are answers. */
export function ask(browser: Browser, path: string, { method = "GET", headers = {}, body }: Ask = {}): Promise<Answer> {
  const url = new URL(path, browser.origin).href;
  const cookie = browser.cookies.getCookieStringSync(url);
  const options: RequestOptions = {
    method,
    ca: browser.roots,
    headers: {
      ...(cookie ? { cookie } : {}),
      ...(body === undefined ? {} : { "content-length": `${Buffer.byteLength(body)}` }),
      ...headers,
    },
    timeout: TIMEOUT_MS,
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        for (const set of response.headers["set-cookie"] ?? [])
          browser.cookies.setCookieSync(set, url, { ignoreError: true });
        resolve({
          url,
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        });
      });
    });
    sent.on("timeout", () => sent.destroy(new Error(`${method} ${url}: no answer within ${TIMEOUT_MS / 1000} s`)));
    sent.on("error", reject);
    sent.end(body);
  });
}

/** As {@link ask}, and goes where it is sent. */
export async function follow(browser: Browser, path: string, first: Ask = {}): Promise<Answer> {
  let answer = await ask(browser, path, first);
  for (let i = 0; i < MAX_REDIRECTS && answer.status >= 301 && answer.status <= 303; i++) {
    answer = await ask(browser, new URL(`${answer.headers.location}`, answer.url).href);
  }
  return answer;
}
