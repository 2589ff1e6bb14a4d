/** Settings of the Docker platform. */
export interface DockerArgs {
  /**
   * IPv4 range for the networks of zones that name no range of their own; /16 or wider. Must not overlap with networks the machine
   * already has.
   * @default "10.213.0.0/16"
   */
  addresses?: string;
  /**
   * Image of the helper that installs files, answers health checks and holds a shared network.
   * @default "zero-trust-openclaw/workload-tools:0.1.0"
   */
  toolsImage?: string;
  /**
   * Labels for every container, network and volume.
   * @default - none besides the workload's own
   */
  labels?: Record<string, string>;
}

export const DEFAULT_ADDRESSES = "10.213.0.0/16";
export const DEFAULT_TOOLS_IMAGE = "zero-trust-openclaw/workload-tools:0.1.0";
