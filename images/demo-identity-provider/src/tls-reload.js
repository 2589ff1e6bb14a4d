// The same file is in demo-identity-provider and demo-model: an image is built from its own folder alone.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";

const pollEvery = 1000;

/**
 * An HTTPS server (TLS 1.3) that serves `tls.crt` and `tls.key` of a directory and takes up a new pair by itself. The
 * files are links that are swapped by rename, so contents are compared: no watcher to lose, no time stamp to trust.
 * A pair that does not fit keeps the old one in service. Throws if the first pair is missing or bad.
 */
export function createReloadingServer({ directory, handler, log }) {
  const read = () => ({
    cert: readFileSync(join(directory, "tls.crt")),
    key: readFileSync(join(directory, "tls.key")),
    // Again at every reload: setSecureContext forgets what it is not told.
    minVersion: "TLSv1.3",
  });
  const same = (a, b) => a.cert.equals(b.cert) && a.key.equals(b.key);
  let current = read();
  let refused;
  let told;
  const server = createServer(current, handler);

  const poll = () => {
    try {
      const next = read();
      if (same(next, current) || (refused && same(next, refused))) return;
      refused = next;
      server.setSecureContext(next);
      current = next;
      refused = told = undefined;
      log({ event: "tls-reload", result: "ok" });
    } catch (error) {
      // Half of a swap looks like this too; the next poll sees the rest. The code names the problem, never a content.
      const reason = error.code ?? "unreadable";
      if (reason !== told) log({ event: "tls-reload", result: "kept the old pair", reason });
      told = reason;
    }
  };
  const timer = setInterval(poll, pollEvery);
  server.on("close", () => clearInterval(timer));
  return server;
}
