/** What the benchmark needs to know of a deployment: read from the engine and from the configurations that run, written down nowhere else. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { extract } from "tar-stream";
import type { JsonObject } from "../../lib/envoy";
import { DockerVerifyDriver, docker } from "../../verify/docker";
import { type Endpoint, endpoint, isCluster, isListener, only, userHeaderIn } from "./configuration";

export const LABEL = "zero-trust-openclaw";
const run = promisify(execFile);

/** A workload's own container, and the one that holds its place in the networks. */
export interface Workload {
  id: string;
  holder: string;
  user: string;
  image: string;
}

export interface Place {
  instance: string;
  edge: Workload;
  guard: Workload;
  /** Networks by their link. */
  entrance: string;
  edgeToGuard: string;
  edgeEndpoint: Endpoint;
  guardEndpoint: Endpoint;
  openclawEndpoint: Endpoint;
  /** Of the guard's listener, and of its way to the identity provider. */
  guardTls: JsonObject;
  providerCluster: JsonObject;
  userHeader: string;
  login: Login;
}

/** How the edge signs people in. */
export interface Login {
  issuer: string;
  clientId: string;
  clientSecret: string;
  scopes: string[];
  authorization: string;
  token: string;
  keys: string;
}

export async function findPlace(instance: string): Promise<Place> {
  const [edge, guard] = await Promise.all([workload(instance, "edge"), workload(instance, "guard")]);
  const [edgeText, guardText, clientSecret] = await Promise.all([
    fileIn(edge.id, "/files/envoy.json"),
    fileIn(guard.id, "/files/envoy.json"),
    fileIn(edge.id, "/files/client-secret"),
  ]);
  const edgeConfig = JSON.parse(edgeText) as JsonObject;
  const guardConfig = JSON.parse(guardText) as JsonObject;
  const tokens = only(guardConfig, (one) => one.issuer !== undefined);
  const { uri: keys, cluster: provider } = only(tokens, (one) => one.cluster !== undefined);
  const oauth2 = only(edgeConfig, (one) => one.authorization_endpoint !== undefined);
  return {
    instance,
    edge,
    guard,
    entrance: await network(instance, "edge--internet"),
    edgeToGuard: await network(instance, "edge--guard"),
    edgeEndpoint: endpoint(only(edgeConfig, isListener("edge"))),
    guardEndpoint: endpoint(only(guardConfig, isListener("guard"))),
    openclawEndpoint: endpoint(only(guardConfig, isCluster("openclaw"))),
    guardTls: only(only(guardConfig, isListener("guard")), (one) => `${one.name}`.endsWith("transport_sockets.tls")),
    providerCluster: only(guardConfig, isCluster(`${provider}`)),
    userHeader: userHeaderIn(guardText),
    login: {
      issuer: `${tokens.issuer}`,
      clientId: `${only(oauth2, (one) => one.client_id !== undefined).client_id}`,
      clientSecret,
      scopes: oauth2.auth_scopes as string[],
      authorization: `${oauth2.authorization_endpoint}`,
      token: `${only(oauth2, (one) => one.uri !== undefined && one.cluster !== undefined).uri}`,
      keys: `${keys}`,
    },
  };
}

/** Content of a file that a container sees; it need not have a shell. */
async function fileIn(container: string, path: string): Promise<string> {
  const { stdout } = await run("docker", ["cp", "-L", `${container}:${path}`, "-"], {
    encoding: "buffer",
    maxBuffer: 64 * 1024 * 1024,
  });
  const tar = extract();
  tar.end(stdout);
  const pieces: Buffer[] = [];
  for await (const entry of tar) for await (const piece of entry) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

async function workload(instance: string, name: string): Promise<Workload> {
  const containers = await new DockerVerifyDriver(instance).containersOf(name);
  const called = (what: string) => {
    const found = containers.find(({ Config }) => Config.Labels[`${LABEL}.container`] === what);
    if (found === undefined) throw new Error(`no container "${what}" of ${name} runs`);
    return found.Id;
  };
  const id = called(name);
  const [user = "", image = ""] = (await docker("inspect", "--format", "{{.Config.User}} {{.Image}}", id)).split(" ");
  return { id, holder: called("network"), user, image };
}

function network(instance: string, link: string): Promise<string> {
  const labels = [`label=${LABEL}.stack=${instance}`, `label=${LABEL}.link=${link}`];
  return docker("network", "ls", "-q", ...labels.flatMap((label) => ["--filter", label]));
}
