import * as pulumi from "@pulumi/pulumi";
import { type Perimeter, validate } from "./perimeter";
import {
  type Authority,
  type AuthoritySpec,
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

/**
 * The networks of a perimeter: each declared flow has a way, everything else has none. Workloads run inside it by {@link run}.
 *
 * Serves requirements 37, 39, 42, 43 and 47.
 *
 * @throws PerimeterError naming everything that is wrong with the perimeter
 * @example
 * const network = new SegmentedNetwork("net", { platform: docker(), perimeter });
 * network.addressOf("edge", "guard");
 */
export class SegmentedNetwork extends pulumi.ComponentResource {
  readonly perimeter: Perimeter;
  private readonly name: string;
  private readonly platform: Platform;
  private readonly segments: Segments;

  constructor(name: string, args: SegmentedNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    validate(args.perimeter);
    const platform = platformOf(args.platform);
    platform.check(name, args.perimeter);
    super("zero-trust-openclaw:index:SegmentedNetwork", name, args, opts);
    this.name = name;
    this.perimeter = args.perimeter;
    this.platform = platform;
    this.segments = this.platform.segment(name, args.perimeter, this);
    this.registerOutputs({ perimeter: args.perimeter });
  }

  /** Where `from` calls `to`. */
  addressOf(from: string, to: string): pulumi.Input<string> {
    return this.segments.addressOf(from, to);
  }

  /** Where `to` listens for the flow from `from`, a workload or `internet`. */
  listenOf(from: string, to: string): pulumi.Input<string> {
    return this.segments.listenOf(from, to);
  }

  /** The address `from` calls `to` with; undefined where the platform cannot fix it. */
  sourceOf(from: string, to: string): pulumi.Input<string> | undefined {
    return this.segments.sourceOf(from, to);
  }

  /** Where replicas of a workload keep a record together; undefined where there is one of each, with a volume. */
  recordOf(workload: string, record: SharedRecord): RecordPlace | undefined {
    return this.segments.recordOf(workload, record);
  }

  /** What is missing for certificates to be issued in it; for `CertificateAuthority`. */
  issuerProblem(): string | undefined {
    return this.platform.issuerProblem(this.perimeter);
  }

  /** Sets up what issues certificates to the perimeter's workloads; for `CertificateAuthority`. */
  authority(name: string, spec: AuthoritySpec, parent: pulumi.Resource): Authority {
    return this.platform.authority(name, this.segments, spec, parent);
  }

  /** Runs a workload of the perimeter in its place. */
  run(spec: WorkloadSpec, parent: pulumi.Resource): pulumi.Resource[] {
    return this.platform.run(`${this.name}-${spec.workload}`, this.segments, spec, parent);
  }
}
