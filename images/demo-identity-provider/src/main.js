// A real OpenID Connect server with made-up users. A DEMO for one machine, never for production.
import { FilesError, readFiles } from "./files.js";
import { createHandler } from "./handler.js";
import { log } from "./log.js";
import { createProvider } from "./provider.js";
import { createSignIn } from "./sign-in.js";
import { createReloadingServer } from "./tls-reload.js";
import { Users } from "./users.js";

const directory = process.env.FILES ?? "/files";

function start() {
  const files = readFiles(directory);
  const users = new Users(files.users);
  const provider = createProvider(files, users);
  const handler = createHandler({ issuer: files.issuer, provider, signIn: createSignIn(provider, users) });
  const server = createServer(handler);

  server.on("error", (error) => fail(`cannot listen: ${error.code}`));
  server.listen(files.listen, () => {
    const { address, port } = server.address();
    log({ event: "listening", issuer: files.issuer, address, port });
  });
  for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => stop(server));
}

function createServer(handler) {
  try {
    return createReloadingServer({ directory, handler, log });
  } catch (error) {
    throw new FilesError(`tls.crt, tls.key: cannot be used from ${directory} (${error.code ?? "unreadable"})`);
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
