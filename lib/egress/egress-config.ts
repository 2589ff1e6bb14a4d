import {
  bootstrap,
  type Cluster,
  cluster,
  denyPeers,
  forward,
  http,
  injectCredential,
  type JsonObject,
  type Listener,
  listener,
  lookUpHost,
  mutualTls,
  outsideCluster,
  type Peer,
  passThroughByName,
  requestLog,
  respond,
  routeToHost,
  tcp,
  upstreamTls,
} from "../envoy";

/** Where something outside really is: a public host, or a fixed address. */
export type Destination = FixedDestination | NamedDestination;

interface FixedDestination {
  kind: "fixed";
  address: string;
  port: number;
}

interface NamedDestination {
  kind: "name";
  /** Looked up for each connection; an address that is not public is refused. */
  host: string;
  port: number;
  /** Ranges that are accepted although they are not public. */
  except: string[];
}

/** A model provider behind a port of its own. */
export interface ModelGate {
  /** Name of the port in the perimeter and of the secret with the key. */
  name: string;
  listen: { address: string; port: number };
  destination: Destination;
  /** The provider's certificate must be this one's. */
  peer: Peer;
  /** Host asked for. */
  host: string;
  /** Path before `/chat/completions`. */
  basePath: string;
  keyHeader: string;
  keyPrefix: string;
}

/** TLS that is passed through unread, by the name it asks for. */
export interface PassThrough {
  serverName: string;
  destination: Destination;
}

export interface EgressConfigArgs {
  directory: string;
  /** The one workload that may call models. */
  callerIdentity: string;
  models: ModelGate[];
  /** For callers that authenticate themselves end to end; told apart by their addresses. */
  passThrough: { listen: { address: string; port: number }[]; sources: string[]; names: PassThrough[] };
}

/** The egress gateway's Envoy: what is not named here cannot be reached, and keys are put in here. Pure. */
export function egressConfig(args: EgressConfigArgs): string {
  return bootstrap({
    id: "egress",
    listeners: [...args.models.map((model) => modelListener(model, args)), passThroughListener(args)],
    clusters: [
      ...args.models.map((model) => modelCluster(model, args)),
      ...args.passThrough.names.map(passThroughCluster),
    ],
  });
}

function modelListener(model: ModelGate, { directory, callerIdentity }: EgressConfigArgs): Listener {
  const { name, basePath, host, destination } = model;
  const chat = {
    path: `${basePath}/chat/completions`,
    headers: [{ name: ":method", string_match: { exact: "POST" } }],
  };
  const connection = http({
    name,
    hosts: ["*"],
    accessLog: requestLog("egress", { upstream: "%UPSTREAM_HOST%" }),
    filters: [
      denyPeers(directory),
      ...(destination.kind === "name" ? lookUpHost(destination.except) : []),
      injectCredential({ directory, secret: name, header: model.keyHeader, prefix: model.keyPrefix }),
    ],
    routes: [
      forward({
        name,
        match: chat,
        cluster: name,
        host,
        remove: ["cookie", "x-forwarded-proto", "x-request-id"],
        ...(destination.kind === "name" ? { filters: routeToHost(destination.host, destination.port) } : {}),
      }),
      respond("deny", { prefix: "/" }, 403, "This gateway passes on chat completions only."),
    ],
    // The provider is not told addresses from inside.
    more: { use_remote_address: false, skip_xff_append: true, forward_client_cert_details: "SANITIZE" },
  });
  return listener({
    name,
    addresses: [model.listen],
    filterChains: [{ transport_socket: mutualTls(directory, [callerIdentity]), filters: [connection] }],
  });
}

function modelCluster({ name, destination, host, peer }: ModelGate, { directory }: EgressConfigArgs): Cluster {
  const { hostname } = new URL(`https://${host}`);
  return reach(name, destination, upstreamTls({ directory, serverName: hostname, peer, present: false }));
}

function reach(name: string, destination: Destination, tls?: JsonObject): Cluster {
  if (destination.kind === "name") return outsideCluster(name, tls);
  return cluster({ name, address: destination.address, port: destination.port, tls });
}

function passThroughListener({ passThrough }: EgressConfigArgs): Listener {
  return listener({
    name: "identity",
    addresses: passThrough.listen,
    listenerFilters: [
      {
        name: "envoy.filters.listener.tls_inspector",
        typed_config: {
          "@type": "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector",
        },
      },
    ],
    filterChains: passThrough.names.map(({ serverName, destination }) => ({
      filter_chain_match: { server_names: [serverName], ...sourceMatch(passThrough.sources) },
      filters: passOn(clusterName(serverName), destination),
    })),
  });
}

function passOn(cluster: string, destination: Destination): JsonObject[] {
  if (destination.kind === "fixed") return [tcp("identity", cluster)];
  return passThroughByName({ name: "identity", cluster, port: destination.port, except: destination.except });
}

function sourceMatch(sources: string[]): JsonObject {
  if (sources.length === 0) return {};
  return { source_prefix_ranges: sources.map((address) => ({ address_prefix: address, prefix_len: 32 })) };
}

function passThroughCluster({ serverName, destination }: PassThrough): Cluster {
  return reach(clusterName(serverName), destination);
}

function clusterName(serverName: string): string {
  return `identity ${serverName}`;
}
