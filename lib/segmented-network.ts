import * as pulumi from "@pulumi/pulumi";
import { type Perimeter, validate } from "./perimeter";
import {
  type Authority,
  type AuthoritySpec,
  type ClientAddress,
  type Platform,
  type PlatformArgs,
  platformOf,
  type RecordPlace,
  type Segments,
  type SharedRecord,
  type WorkloadSpec,
} from "./platforms";

export interface SegmentedNetworkArgs {
  /** Made by `docker()` or `kubernetes()`. */
  platform: PlatformArgs;
  /** Who may talk to whom. */
  perimeter: Perimeter;
}

interface Inside {
  name: string;
  platform: Platform;
  segments: Segments;
}

/** What is no output. A field of the component would be one in other languages, a private one too. */
const insides = new WeakMap<SegmentedNetwork, Inside>();

/**
 * The networks of a perimeter: each declared flow has a way, everything else has none. Workloads run inside it by `run`.
 *
 * Serves requirements 37, 39, 42, 43 and 47.
 *
 * @throws PerimeterError naming everything that is wrong with the perimeter
 * @example
 * const network = new SegmentedNetwork("net", { platform: docker(), perimeter });
 * network.addressOf("edge", "guard");
 */
export class SegmentedNetwork extends pulumi.ComponentResource {
  /** Who may talk to whom. */
  readonly perimeter: Perimeter;

  constructor(name: string, args: SegmentedNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    validate(args.perimeter);
    const platform = platformOf(args.platform);
    platform.check(name, args.perimeter);
    super("zero-trust-openclaw:index:SegmentedNetwork", name, args, opts);
    this.perimeter = args.perimeter;
    insides.set(this, { name, platform, segments: platform.segment(name, args.perimeter, this) });
    this.registerOutputs({ perimeter: args.perimeter });
  }

  /** Where `from` calls `to`. */
  addressOf(from: string, to: string): pulumi.Input<string> {
    return this.inside.segments.addressOf(from, to);
  }

  /** Where `to` listens for the flow from `from`, a workload or `internet`. */
  listenOf(from: string, to: string): pulumi.Input<string> {
    return this.inside.segments.listenOf(from, to);
  }

  /** The address `from` calls `to` with; undefined where the platform cannot fix it. */
  sourceOf(from: string, to: string): pulumi.Input<string> | undefined {
    return this.inside.segments.sourceOf(from, to);
  }

  /** How the workload that people reach learns their addresses. */
  get clientAddress(): ClientAddress {
    return this.inside.platform.clientAddress;
  }

  /** PEM of the roots above an issuer that is there already; for `CertificateAuthority`, which then makes none. */
  get issuerRoots(): string | undefined {
    return this.inside.platform.issuerRoots;
  }

  /** Credentials of the perimeter that are there already where their holders run. */
  get existingCredentials(): readonly string[] {
    return this.inside.platform.existingCredentials;
  }

  /** Where replicas of a workload keep a record together; undefined where there is one of each, with a volume. */
  recordOf(workload: string, record: SharedRecord): RecordPlace | undefined {
    return this.inside.segments.recordOf(workload, record);
  }

  /** What is missing for certificates to be issued in it; for `CertificateAuthority`. */
  issuerProblem(): string | undefined {
    return this.inside.platform.issuerProblem(this.perimeter);
  }

  /** Sets up what issues certificates to the perimeter's workloads; for `CertificateAuthority`. */
  authority(name: string, spec: AuthoritySpec, parent: pulumi.Resource): Authority {
    const { platform, segments } = this.inside;
    return platform.authority(name, segments, spec, parent);
  }

  /** Runs a workload of the perimeter in its place. */
  run(spec: WorkloadSpec, parent: pulumi.Resource): pulumi.Resource[] {
    const { name, platform, segments } = this.inside;
    return platform.run(`${name}-${spec.workload}`, segments, spec, parent);
  }

  private get inside(): Inside {
    return insides.get(this) as Inside;
  }
}
