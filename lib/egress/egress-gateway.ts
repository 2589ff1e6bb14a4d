import * as pulumi from "@pulumi/pulumi";
import type { Peer } from "../envoy";
import { envoyCredential } from "../internal/credential-file";
import { envoyContainer } from "../internal/envoy-container";
import { USERS } from "../internal/users";
import { type Perimeter, portNumber, spiffeId } from "../perimeter";
import { type CertificateAuthority, WorkloadCertificate } from "../pki";
import { FILES } from "../platforms";
import type { SegmentedNetwork } from "../segmented-network";
import { type Destination, egressConfig } from "./egress-config";
import type { Model } from "./model";

/** A model provider, its key, and where it is. */
export interface EgressModelArgs {
  /** Name of the egress gateway's port for it in the perimeter. */
  port: string;
  model: Model;
  /** @default - required, unless the platform has it already as a credential of the port's name */
  apiKey?: pulumi.Input<string>;
  /**
   * A workload of the perimeter that stands in for the provider.
   * @default - the provider itself, at the host of its URL
   */
  workload?: string;
}

/** A host whose TLS the gateway passes through. */
export interface EgressPassThroughArgs {
  /** Name asked for in the handshake. */
  serverName: string;
  /** @default 443 */
  port?: number;
  /**
   * A workload of the perimeter that stands in for the host.
   * @default - the host itself
   */
  workload?: string;
  /**
   * Private ranges the host may resolve to.
   * @default - none
   */
  privateRanges?: string[];
}

export interface EgressGatewayArgs {
  network: SegmentedNetwork;
  ca: CertificateAuthority;
  models: EgressModelArgs[];
  /** The identity provider's hosts. */
  identityHosts: EgressPassThroughArgs[];
  /**
   * Name of this gateway in the perimeter; it has a port `identity`, and one per model.
   * @default "egress"
   */
  workload?: string;
  /**
   * Name of the workload that asks models.
   * @default "openclaw"; not looked for without models
   */
  modelCaller?: string;
  /** @default "envoyproxy/envoy:v1.40.0" */
  image?: string;
}

/**
 * The egress gateway: the only workload that reaches the outside, and only hosts the perimeter names. It holds the model providers'
 * keys and puts them into requests that come with OpenClaw's certificate. TLS to the identity provider passes through unread.
 *
 * Serves requirements 49, 51 and 63.
 */
export class EgressGateway extends pulumi.ComponentResource {
  constructor(name: string, args: EgressGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("zero-trust-openclaw:index:EgressGateway", name, {}, opts);
    const { network, ca, workload: own = "egress", modelCaller = "openclaw" } = args;
    const { perimeter } = network;
    const asks = args.models.length > 0;

    const leaf = new WorkloadCertificate(
      name,
      { ca, identity: spiffeId(perimeter, own), usages: ["server"], user: USERS.egress },
      { parent: this },
    );
    const callers = passedThrough(perimeter, own);
    const config = pulumi
      .all([
        asks ? network.listenOf(modelCaller, own) : "",
        pulumi.all(callers.map((caller) => network.listenOf(caller, own))),
        pulumi.all(callers.flatMap((caller) => network.sourceOf(caller, own) ?? [])),
        pulumi.all(args.models.map(({ model, workload }) => modelDestination(network, own, model, workload))),
        pulumi.all(args.identityHosts.map((host) => hostDestination(network, own, host))),
      ])
      .apply(([forModels, forIdentity, sources, modelDestinations, hostDestinations]) => {
        const identityPort = portNumber(perimeter, { to: own, port: "identity" });
        return egressConfig({
          directory: FILES,
          callerIdentity: asks ? spiffeId(perimeter, modelCaller) : "",
          models: args.models.map(({ port, model, workload }, i) => ({
            name: port,
            listen: { address: forModels, port: portNumber(perimeter, { to: own, port }) },
            destination: modelDestinations[i] as Destination,
            peer: modelPeer(network, model, workload),
            host: workload ?? new URL(model.baseUrl).host,
            basePath: new URL(model.baseUrl).pathname.replace(/\/$/, ""),
            keyHeader: model.keyHeader,
            keyPrefix: model.keyPrefix,
          })),
          passThrough: {
            // Where all come by the same address there is one listener.
            listen: [...new Set(forIdentity)].map((address) => ({ address, port: identityPort })),
            sources,
            names: args.identityHosts.map(({ serverName }, i) => ({
              serverName,
              destination: hostDestinations[i] as Destination,
            })),
          },
        });
      });

    network.run(
      {
        workload: own,
        containers: [
          envoyContainer(
            {
              name: own,
              image: args.image,
              user: USERS.egress,
              config,
              files: args.models.flatMap(({ port, apiKey }) => envoyCredential(network, port, apiKey)),
              peers: { callers: asks ? [spiffeId(perimeter, modelCaller)] : [], callees: [] },
              leaf,
            },
            ca,
          ),
        ],
      },
      this,
    );
    this.registerOutputs({});
  }
}

/** Who reaches the identity provider by this gateway. */
function passedThrough({ flows }: Perimeter, own: string): string[] {
  return flows.filter(({ to, port }) => to === own && port === "identity").map(({ from }) => from);
}

function modelDestination(
  network: SegmentedNetwork,
  own: string,
  model: Model,
  workload?: string,
): pulumi.Output<Destination> {
  if (workload) return standIn(network, own, workload);
  const { hostname, port } = new URL(model.baseUrl);
  return pulumi.output<Destination>({
    kind: "name",
    host: hostname,
    port: Number(port || 443),
    except: model.privateRanges,
  });
}

function modelPeer({ perimeter }: SegmentedNetwork, model: Model, workload?: string): Peer {
  return workload ? { identity: spiffeId(perimeter, workload) } : { host: new URL(model.baseUrl).hostname };
}

function hostDestination(
  network: SegmentedNetwork,
  own: string,
  host: EgressPassThroughArgs,
): pulumi.Output<Destination> {
  if (host.workload) return standIn(network, own, host.workload);
  const { serverName, port = 443, privateRanges = [] } = host;
  return pulumi.output<Destination>({ kind: "name", host: serverName, port, except: privateRanges });
}

function standIn(network: SegmentedNetwork, own: string, workload: string): pulumi.Output<Destination> {
  const port = portNumber(network.perimeter, { to: workload, port: "https" });
  return pulumi
    .output(network.addressOf(own, workload))
    .apply((address) => ({ kind: "fixed" as const, address, port }));
}
