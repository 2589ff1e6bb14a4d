import type { PublishSpec } from "../platform";

/** What a controller in front is told about. */
export interface Way {
  /** Name of the resource. */
  name: string;
  workload: string;
  /** Name of the service that leads to the workload. */
  service: string;
  publish: PublishSpec;
}
