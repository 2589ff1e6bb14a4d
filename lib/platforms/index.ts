import type { Perimeter } from "../perimeter";
import type * as OnDocker from "./docker";
import type { DockerArgs } from "./docker/args";
import type * as OnKubernetes from "./kubernetes";
import type { KubernetesArgs } from "./kubernetes/args";
import type { Platform } from "./platform";

// No program needs both platforms' libraries, and every preview would wait for them: each is loaded when it is asked for.
const onDocker = (): typeof OnDocker => require("./docker");
const onKubernetes = (): typeof OnKubernetes => require("./kubernetes");

/** Which platform to deploy to, as plain data; exactly one. Made by {@link docker} or {@link kubernetes}. */
export interface PlatformArgs {
  docker?: DockerArgs;
  kubernetes?: KubernetesArgs;
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

/**
 * Deploys to a Kubernetes cluster: a zone is a namespace that denies by default, a flow is a pair of network policies, certificates come
 * from cert-manager. Which cluster is said by the Pulumi provider given in the component's options.
 *
 * The cluster must enforce NetworkPolicy, and have cert-manager.
 *
 * @example
 * new ZeroTrustOpenClaw("assistant", { platform: kubernetes({ apiServer: { addresses: ["10.0.0.1/32"] } }), ... }, { providers: [cluster] });
 */
export function kubernetes(args: KubernetesArgs): PlatformArgs {
  return { kubernetes: args };
}

/**
 * The implementation behind the data.
 * @throws Error unless exactly one platform is named
 */
export function platformOf(args: PlatformArgs): Platform {
  if (args.docker && !args.kubernetes) return onDocker().dockerPlatform(args.docker);
  if (args.kubernetes && !args.docker) return onKubernetes().kubernetesPlatform(args.kubernetes);
  throw new Error("name one platform: docker() or kubernetes({ ... })");
}

/**
 * A perimeter with what the platform itself runs to keep it: on Docker the issuer and the renewers of certificates, on Kubernetes the
 * controller that tells OpenClaw the guard's address. Pure.
 */
export function completePerimeter(platform: PlatformArgs, perimeter: Perimeter): Perimeter {
  return platformOf(platform).complete(perimeter);
}

export type { DockerArgs } from "./docker/args";
export {
  type ApiServerArgs,
  type AutoscaleArgs,
  type CertManagerArgs,
  type DnsArgs,
  type EntranceArgs,
  EntranceKind,
  type ExistingIssuerArgs,
  type ExternalSecretsArgs,
  type GatewayArgs,
  type IssuerRefArgs,
  type KubernetesArgs,
  type PodsArgs,
  type RemoteValueArgs,
  type SecretKeyArgs,
  type SecretStoreRefArgs,
  type TerminatesTlsArgs,
  type TolerationArgs,
} from "./kubernetes/args";
export {
  type DeployerArgs,
  type DeployerSubject,
  deployerAccess,
  type KubernetesObject,
} from "./kubernetes/deployer";
export * from "./platform";
