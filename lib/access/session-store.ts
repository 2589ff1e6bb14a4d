import * as pulumi from "@pulumi/pulumi";
import { envoyContainer } from "../internal/envoy-container";
import { USERS } from "../internal/users";
import { LOGIN, SESSION_STORE } from "../openclaw/perimeter";
import { portNumber, spiffeId } from "../perimeter";
import { type CertificateAuthority, WorkloadCertificate } from "../pki";
import { type ContainerSpec, FILES } from "../platforms";
import type { SegmentedNetwork } from "../segmented-network";
import { sessionStoreConfig, VALKEY_PORT, valkeyConfig } from "./session-store-config";

/** Image of Valkey, used unless the component is given another. */
export const VALKEY_IMAGE = "valkey/valkey:9.1.2";

export interface SessionStoreArgs {
  network: SegmentedNetwork;
  ca: CertificateAuthority;
  /** @default "valkey/valkey:9.1.2" */
  image?: string;
  /** @default "envoyproxy/envoy:v1.40.0" */
  envoyImage?: string;
}

/**
 * Keeps the login's sessions: Valkey in memory, reached by the login's certificate only. Each session is encrypted with a key that is in
 * its cookie alone, so that the store cannot be anybody.
 *
 * Serves requirements 2, 17, 25 and 50.
 */
export class SessionStore extends pulumi.ComponentResource {
  constructor(name: string, args: SessionStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("zero-trust-openclaw:index:SessionStore", name, {}, opts);
    const { network, ca } = args;
    const { perimeter } = network;
    const leaf = new WorkloadCertificate(
      name,
      { ca, identity: spiffeId(perimeter, SESSION_STORE), usages: ["server"], user: USERS.sessionStoreProxy },
      { parent: this },
    );
    const config = pulumi.output(network.listenOf(LOGIN, SESSION_STORE)).apply((address) =>
      sessionStoreConfig({
        directory: FILES,
        listen: { address, port: portNumber(perimeter, { to: SESSION_STORE, port: "mtls" }) },
        callerIdentity: spiffeId(perimeter, LOGIN),
      }),
    );
    const front = envoyContainer(
      {
        name: "session-store-proxy",
        image: args.envoyImage,
        user: USERS.sessionStoreProxy,
        config,
        peers: { callers: [spiffeId(perimeter, LOGIN)], callees: [], kind: "tcp" },
        leaf,
      },
      ca,
    );
    network.run({ workload: SESSION_STORE, containers: [valkey(args.image), front] }, this);
    this.registerOutputs({});
  }
}

function valkey(image = VALKEY_IMAGE): ContainerSpec {
  return {
    name: "valkey",
    image,
    command: ["/usr/local/bin/valkey-server", `${FILES}/valkey.conf`],
    user: USERS.valkey,
    files: [{ name: "valkey.conf", content: valkeyConfig() }],
    memoryMiB: 192,
    processes: 64,
    health: { kind: "tcp", address: "127.0.0.1", port: VALKEY_PORT },
  };
}
