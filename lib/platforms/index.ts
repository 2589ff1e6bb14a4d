import { type DockerArgs, dockerPlatform } from "./docker";
import type { Platform } from "./platform";

/** Which platform to deploy to, as plain data. Made by {@link docker}. */
export interface PlatformArgs {
  docker: DockerArgs;
}

/**
 * Deploys to a Docker engine: one bridge network per flow, so that an undeclared packet has no way.
 * Which engine is said by the Pulumi provider given in the component's options.
 *
 * @example
 * new ZeroTrustOpenClaw("assistant", { platform: docker(), ... }, { providers: [laptop] });
 */
export function docker(args: DockerArgs = {}): PlatformArgs {
  return { docker: args };
}

/** The implementation behind the data. */
export function platformOf(args: PlatformArgs): Platform {
  return dockerPlatform(args.docker);
}

export type { DockerArgs } from "./docker";
export * from "./platform";
