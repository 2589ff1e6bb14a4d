// Reads and checks everything the server is given. Messages name the file and the rule, never the content.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isLocalIssuer } from "./issuer.js";
import { KeyRotation } from "./key-rotation.js";
import { totpOf } from "./totp.js";

export class FilesError extends Error {}

export function readFiles(directory) {
  const text = (name) => readText(directory, name);
  const json = (name) => parseJson(name, text(name));
  const config = checkConfig(json("config.json"));
  return {
    ...config,
    clientSecret: checkLength("client-secret", text("client-secret").trim(), 16),
    cookieKey: checkLength("cookie-key", text("cookie-key").trim(), 16),
    keys: fromFile(SIGNING_KEY, () => new KeyRotation(text(SIGNING_KEY), config.tokenLifetimeSeconds + clockSkew)),
    machineClients: config.machineClients.map(({ clientId, audience }) => {
      const file = `machine-client-${clientId}`;
      return { clientId, audience, clientSecret: checkLength(file, text(file).trim(), 16) };
    }),
    users: checkUsers(json("users.json")),
  };
}

/** The signing keys as they are now; true if that changed anything. */
export function updateKeys(directory, keys) {
  return fromFile(SIGNING_KEY, () => keys.update(readText(directory, SIGNING_KEY)));
}

const SIGNING_KEY = "signing-key.pem";
/** By so many seconds others may think that a token is good for longer. */
const clockSkew = 60;

function readText(directory, name) {
  try {
    return readFileSync(join(directory, name), "utf8");
  } catch (error) {
    throw new FilesError(`${name}: cannot be read from ${directory} (${error.code})`);
  }
}

function parseJson(name, text) {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the content.
    throw new FilesError(`${name}: is not valid JSON`);
  }
}

function fromFile(name, read) {
  try {
    return read();
  } catch (error) {
    if (error instanceof FilesError) throw error;
    throw new FilesError(`${name}: ${error.message}`);
  }
}

function check(condition, file, rule) {
  if (!condition) throw new FilesError(`${file}: ${rule}`);
}

function checkLength(file, value, least) {
  check(value.length >= least, file, `must have at least ${least} characters`);
  return value;
}

function checkConfig(config) {
  const file = "config.json";
  check(isObject(config), file, "must be a JSON object");
  const {
    issuer,
    clientId,
    redirectUris,
    postLogoutRedirectUris = [],
    listen,
    tokenLifetimeSeconds = 600,
    sessionLifetimeSeconds = 28_800,
    rotateRefreshTokens = false,
    machineClients = [],
  } = config;
  check(isText(issuer), file, "issuer is required");
  check(
    isLocalIssuer(issuer),
    file,
    "issuer must be https on localhost, *.localhost, 127.0.0.1 or [::1], without a query and without a slash at the end: this server is a demo for one machine",
  );
  check(isText(clientId), file, "clientId is required");
  check(isTextList(redirectUris) && redirectUris.length > 0, file, "redirectUris must be a list of addresses");
  check(isTextList(postLogoutRedirectUris), file, "postLogoutRedirectUris must be a list of addresses");
  check(isObject(listen) && isText(listen.host), file, "listen.host is required");
  check(Number.isInteger(listen.port) && listen.port >= 0 && listen.port < 65_536, file, "listen.port must be a port");
  check(isSeconds(tokenLifetimeSeconds), file, "tokenLifetimeSeconds must be a positive whole number");
  check(isSeconds(sessionLifetimeSeconds), file, "sessionLifetimeSeconds must be a positive whole number");
  check(typeof rotateRefreshTokens === "boolean", file, "rotateRefreshTokens must be true or false");
  checkMachineClients(file, machineClients, clientId);
  return {
    issuer,
    clientId,
    redirectUris,
    postLogoutRedirectUris,
    listen,
    tokenLifetimeSeconds,
    sessionLifetimeSeconds,
    rotateRefreshTokens,
    machineClients,
  };
}

function checkMachineClients(file, machines, applicationId) {
  check(Array.isArray(machines), file, "machineClients must be a list");
  const seen = new Set([applicationId]);
  for (const [index, machine] of machines.entries()) {
    const where = `machine client ${index + 1}`;
    check(isObject(machine), file, `${where} must be an object`);
    const { clientId, audience } = machine;
    check(
      isText(clientId) && /^[a-z0-9][a-z0-9-]*$/.test(clientId),
      file,
      `${where}: clientId must be of a-z, 0-9 and hyphens, because a file is named after it`,
    );
    check(!seen.has(clientId), file, `${where}: clientId appears twice`);
    check(isText(audience), file, `${where}: audience is required`);
    seen.add(clientId);
  }
}

function checkUsers(users) {
  const file = "users.json";
  check(Array.isArray(users) && users.length > 0, file, "must be a list with at least one user");
  const seen = new Set();
  return users.map((user, index) => {
    const where = `user ${index + 1}`;
    check(isObject(user), file, `${where} must be an object`);
    check(isText(user.email) && user.email.includes("@"), file, `${where}: email is required`);
    check(isText(user.name), file, `${where}: name is required`);
    check(isText(user.password), file, `${where}: password is required`);
    check(isTextList(user.groups), file, `${where}: groups must be a list of texts`);
    const email = user.email.trim().toLowerCase();
    check(!seen.has(email), file, `${where}: email appears twice`);
    seen.add(email);
    if (user.totp !== undefined) checkTotp(file, where, user.totp);
    return { email, name: user.name, password: user.password, groups: user.groups, totp: user.totp };
  });
}

function checkTotp(file, where, secret) {
  const rule = `${where}: totp must be a base32 secret of at least 16 characters`;
  check(typeof secret === "string" && secret.length >= 16, file, rule);
  try {
    totpOf(secret);
  } catch {
    throw new FilesError(`${file}: ${rule}`);
  }
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value) => typeof value === "string" && value.length > 0;
const isTextList = (value) => Array.isArray(value) && value.every(isText);
const isSeconds = (value) => Number.isInteger(value) && value > 0;
