// A real OpenID Connect server with made-up users. A DEMO for one machine, never for production.
import { createMemoryAdapter } from "oidc-provider/lib/adapters/memory_adapter.js";
import { FilesError, readFiles, updateKeys } from "./files.js";
import { createHandler } from "./handler.js";
import { log } from "./log.js";
import { createProvider } from "./provider.js";
import { createSignIn } from "./sign-in.js";
import { createReloadingServer } from "./tls-reload.js";
import { Users } from "./users.js";

const directory = process.env.FILES ?? "/files";
const certificate = process.env.CERTIFICATE ?? "/certificates/leaf";
const pollEvery = 1000;

function start() {
  const files = readFiles(directory);
  const users = new Users(files.users);
  // Shared, because the library takes its keys once: with new keys there is a new provider, which must know everybody.
  const adapter = createMemoryAdapter();
  const newHandler = () => {
    const provider = createProvider(files, users, files.keys.jwks, adapter);
    return createHandler({ issuer: files.issuer, provider, signIn: createSignIn(provider, users) });
  };
  let handler = newHandler();
  const server = createServer((req, res) => handler(req, res));
  const timer = setInterval(() => {
    if (keysChanged(files.keys)) handler = newHandler();
  }, pollEvery);
  server.on("close", () => clearInterval(timer));

  server.on("error", (error) => fail(`cannot listen: ${error.code}`));
  server.listen(files.listen, () => {
    const { address, port } = server.address();
    log({ event: "listening", issuer: files.issuer, address, port });
  });
  for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => stop(server));
}

/** What was said last about keys that cannot be used; once is enough. */
let told;

function keysChanged(keys) {
  try {
    const changed = updateKeys(directory, keys);
    if (!changed) return false;
    told = undefined;
    log({ event: "signing-keys", result: "ok", kids: keys.jwks.keys.map(({ kid }) => kid) });
    return true;
  } catch (error) {
    if (!(error instanceof FilesError)) throw error;
    if (error.message !== told) log({ event: "signing-keys", result: "kept the old keys", reason: error.message });
    told = error.message;
    return false;
  }
}

function createServer(handler) {
  try {
    return createReloadingServer({ directory: certificate, handler, log });
  } catch (error) {
    throw new FilesError(`tls.crt, tls.key: cannot be used from ${certificate} (${error.code ?? "unreadable"})`);
  }
}

function stop(server) {
  server.close(() => process.exit(0));
  server.closeAllConnections();
}

function fail(message) {
  process.stderr.write(`demo-identity-provider: ${message}\n`);
  process.exit(1);
}

try {
  start();
} catch (error) {
  if (!(error instanceof FilesError)) throw error;
  fail(error.message);
}
