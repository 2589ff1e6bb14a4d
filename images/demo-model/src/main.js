// A stand-in for a model provider. It needs no network and no model, and says so in every answer.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createHandler } from "./handler.js";
import { log } from "./log.js";
import { createReloadingServer } from "./tls-reload.js";

const directory = process.env.FILES ?? "/files";
const certificate = process.env.CERTIFICATE ?? "/certificates/leaf";

/** Runs a step that depends on a file; a failure ends the process with the file's name, never its content. */
function needs(file, step) {
  try {
    return step();
  } catch (error) {
    return fail(`${file}: cannot be used (${error.code ?? error.message})`);
  }
}

function readListen() {
  let listen;
  try {
    ({ listen } = JSON.parse(readFileSync(join(directory, "config.json"), "utf8")));
  } catch (error) {
    // The parser's own message quotes the content.
    throw error.code ? error : new Error("is not a JSON object");
  }
  const { host, port } = listen ?? {};
  const portOk = Number.isInteger(port) && port >= 0 && port < 65_536;
  if (typeof host !== "string" || host === "" || !portOk) throw new Error("listen needs a host and a port");
  return { host, port };
}

function readKey() {
  const key = readFileSync(join(directory, "api-key"), "utf8").trim();
  if (key.length < 16) throw new Error("must have at least 16 characters");
  return key;
}

function fail(message) {
  process.stderr.write(`demo-model: ${message}\n`);
  process.exit(1);
}

const listen = needs("config.json", readListen);
needs("api-key", readKey);
const handler = createHandler(readKey);
const server = needs("tls.crt, tls.key", () => createReloadingServer({ directory: certificate, handler, log }));

server.on("error", (error) => fail(`cannot listen: ${error.code}`));
server.listen(listen, () => {
  const { address, port } = server.address();
  log({ event: "listening", address, port });
});
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}
