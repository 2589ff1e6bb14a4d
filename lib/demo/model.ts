import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Model } from "../egress/model";
import { LEAF } from "../envoy";
import { mounted, rootFiles } from "../internal/envoy-container";
import { USERS } from "../internal/users";
import { DEMO_MODEL } from "../openclaw/perimeter";
import { portNumber, spiffeId } from "../perimeter";
import { type CertificateAuthority, WorkloadCertificate } from "../pki";
import { CERTIFICATES, FILES } from "../platforms";
import type { SegmentedNetwork } from "../segmented-network";

export interface DemoModelArgs {
  network: SegmentedNetwork;
  ca: CertificateAuthority;
  /** @default "zero-trust-openclaw/demo-model:0.1.0" */
  image?: string;
}

/** What OpenClaw is told about the demo model. */
export const DEMO_MODEL_SETTINGS: Model = {
  provider: "demo",
  model: "demo",
  baseUrl: `https://${DEMO_MODEL}/v1`,
  keyHeader: "authorization",
  keyPrefix: "Bearer ",
  privateRanges: [],
};

/** Answers chat completions with a sentence that says it is no model, so that a laptop needs no account anywhere. It wants a key like a real one. */
export class DemoModel extends pulumi.ComponentResource {
  /** The key it wants; a secret. */
  readonly apiKey: pulumi.Output<string>;

  constructor(name: string, args: DemoModelArgs, opts?: pulumi.ComponentResourceOptions) {
    super("zero-trust-openclaw:index:DemoModel", name, {}, opts);
    const { network, ca } = args;
    const parent = { parent: this };
    const identity = spiffeId(network.perimeter, DEMO_MODEL);
    const leaf = new WorkloadCertificate(name, { ca, identity, usages: ["server"], user: USERS.demoModel }, parent);
    this.apiKey = pulumi.secret(
      new random.RandomPassword(`${name}-api-key`, { length: 48, special: false }, parent).result,
    );

    const port = portNumber(network.perimeter, { to: DEMO_MODEL, port: "https" });
    const address = network.listenOf("egress", DEMO_MODEL);
    const config = pulumi.output(address).apply((host) => JSON.stringify({ listen: { host, port } }));
    network.run(
      {
        workload: DEMO_MODEL,
        containers: [
          {
            name: DEMO_MODEL,
            image: args.image ?? "zero-trust-openclaw/demo-model:0.1.0",
            command: ["/usr/local/bin/node", "/app/src/main.js"],
            user: USERS.demoModel,
            files: [
              { name: "config.json", content: config },
              { name: "api-key", content: this.apiKey },
              ...rootFiles(ca),
            ],
            certificates: mounted({ [LEAF]: leaf }),
            environment: { FILES, CERTIFICATE: `${CERTIFICATES}/${LEAF}` },
            scratch: ["/tmp"],
            memoryMiB: 128,
            processes: 128,
            health: { kind: "https", address, port, serverName: DEMO_MODEL, path: "/healthz", expect: '"ready":true' },
          },
        ],
      },
      this,
    );
    this.registerOutputs({});
  }
}
