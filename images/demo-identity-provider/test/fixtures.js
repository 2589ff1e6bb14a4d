// Generated files and a running server for the tests. Nothing here is a credential of anybody.
import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const main = join(dirname(fileURLToPath(import.meta.url)), "..", "src", "main.js");
const openssl = (directory, ...args) => execFileSync("openssl", args, { cwd: directory, stdio: "pipe" });

export const issuer = "https://localhost:8443/demo-identity";
export const redirectUri = "https://localhost:8443/oauth2/callback";
export const afterSignOut = "https://localhost:8443/";
export const clientId = "openclaw";
export const clientSecret = "client-secret-for-tests";
export const totpSecret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

export const users = [
  { email: "Alice@example.test", name: "Alice", password: "alice's", groups: ["operators"], totp: totpSecret },
  { email: "bob@example.test", name: "Bob <b>", password: "bob's", groups: ["viewers", "everyone"] },
];

export function writeFiles(overrides = {}) {
  const directory = mkdtempSync(join(tmpdir(), "demo-identity-"));
  newSigningKey(directory);
  const files = {
    "config.json": JSON.stringify({
      issuer,
      clientId,
      redirectUris: [redirectUri],
      postLogoutRedirectUris: [afterSignOut],
      listen: { host: "127.0.0.1", port: 0 },
      ...overrides.config,
    }),
    "client-secret": `${clientSecret}\n`,
    "cookie-key": randomBytes(32).toString("base64"),
    "users.json": JSON.stringify(users),
    ...overrides.files,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  publishPair(directory, newPair(directory));
  return directory;
}

/** Writes a new key into `signing-key.pem`, by rename as the installer does, and returns its PEM. */
export function newSigningKey(directory) {
  openssl(directory, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "next.pem");
  const pem = readFileSync(join(directory, "next.pem"), "utf8");
  renameSync(join(directory, "next.pem"), join(directory, "signing-key.pem"));
  return pem;
}

/** A self-signed pair for localhost, as `{ cert, key }`. */
export function newPair(directory) {
  const out = ["-keyout", "new.key", "-out", "new.crt"];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"];
  openssl(directory, "req", "-x509", "-days", "1", ...kind, ...names, ...out);
  const pair = { cert: readFileSync(join(directory, "new.crt")), key: readFileSync(join(directory, "new.key")) };
  for (const name of ["new.crt", "new.key"]) rmSync(join(directory, name));
  return pair;
}

/** Publishes like the installer does: a new directory, then `..data` swapped by rename. */
export function publishPair(directory, { cert, key }) {
  const generation = `..${process.hrtime.bigint()}`;
  mkdirSync(join(directory, generation));
  writeFileSync(join(directory, generation, "tls.crt"), cert);
  writeFileSync(join(directory, generation, "tls.key"), key);
  symlinkSync(generation, join(directory, "..data_tmp"));
  renameSync(join(directory, "..data_tmp"), join(directory, "..data"));
  for (const name of ["tls.crt", "tls.key"]) {
    rmSync(join(directory, name), { force: true });
    symlinkSync(`..data/${name}`, join(directory, name));
  }
}

/** Starts the server as its own process; `events` collects its log lines. */
export async function startServer(directory) {
  const child = spawn(process.execPath, [main], { env: { ...process.env, FILES: directory, CERTIFICATE: directory } });
  const events = [];
  const output = [];
  const stopped = new Promise((resolve) => child.once("close", (code) => resolve({ code, output: output.join("\n") })));
  const port = await new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on("line", (line) => {
        output.push(line);
        if (!line.startsWith("{")) return;
        const event = JSON.parse(line);
        events.push(event);
        if (event.event === "listening") resolve(event.port);
      });
    }
    stopped.then(({ output: text }) => reject(new Error(text)));
  });
  const stop = () => {
    child.kill("SIGTERM");
    return stopped;
  };
  return { port, events, output, stop };
}

export async function waitFor(condition, what, timeout = 5000) {
  const end = Date.now() + timeout;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
