// Generated files and a running server for the tests.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const main = join(dirname(fileURLToPath(import.meta.url)), "..", "src", "main.js");
export const key = "demo-key-for-the-tests";

export function writeFiles(overrides = {}) {
  const directory = mkdtempSync(join(tmpdir(), "demo-model-"));
  const files = {
    "config.json": JSON.stringify({ listen: { host: "127.0.0.1", port: 0 } }),
    "api-key": `${key}\n`,
    ...overrides,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  newPair(directory);
  return directory;
}

export function newPair(directory) {
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"];
  const names = ["-subj", "/CN=model", "-addext", "subjectAltName=DNS:model.test"];
  const out = ["-keyout", "tls.key", "-out", "tls.crt"];
  execFileSync("openssl", ["req", "-x509", "-days", "1", ...kind, ...names, ...out], { cwd: directory, stdio: "pipe" });
}

/** Starts the server as its own process; `ask` sends one request to it. */
export async function startServer(directory) {
  const child = spawn(process.execPath, [main], { env: { ...process.env, FILES: directory, CERTIFICATE: directory } });
  const output = [];
  const stopped = new Promise((resolve) => child.once("close", resolve));
  const port = await new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on("line", (line) => {
        output.push(line);
        if (line.includes('"listening"')) resolve(JSON.parse(line).port);
      });
    }
    stopped.then((code) => reject(new Error(`exit ${code}: ${output.join("\n")}`)));
  });
  const ca = readFileSync(join(directory, "tls.crt"));
  const stop = () => {
    child.kill("SIGTERM");
    return stopped;
  };
  const remove = () => rmSync(directory, { recursive: true });
  return { output, stop, remove, ask: (path, options) => ask({ port, ca, path, ...options }) };
}

function ask({ body, authorization = `Bearer ${key}`, ...options }) {
  const connection = { host: "127.0.0.1", servername: "model.test", agent: false };
  const headers = { "content-type": "application/json", ...(authorization && { authorization }) };
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...connection, headers, method: body ? "POST" : "GET", ...options }, (response) => {
      const chunks = [];
      const { fingerprint256 } = response.socket.getPeerX509Certificate();
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode, headers: response.headers, text, fingerprint256 });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(typeof body === "object" ? JSON.stringify(body) : body);
  });
}

export async function waitFor(condition, what, timeout = 5000) {
  const end = Date.now() + timeout;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
