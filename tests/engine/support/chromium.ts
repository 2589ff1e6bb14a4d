import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

const CANDIDATES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Everything but localhost is unknown to this browser, and it calls nobody by itself. */
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
];

/** Opens a page in a real browser that accepts the demo's certificate, as a person would after the warning. */
export async function withPage<T>(use: (page: Page) => Promise<T>): Promise<T> {
  const executablePath = CANDIDATES.find(existsSync);
  if (!executablePath) throw new Error(`no Chromium found; looked for ${CANDIDATES.join(", ")}`);
  const browser: Browser = await chromium.launch({ executablePath, headless: true, args: ARGUMENTS });
  try {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 } });
    return await use(await context.newPage());
  } finally {
    await browser.close();
  }
}
