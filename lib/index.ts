export { AuthProxy, type AuthProxyArgs, type UpstreamArgs, type WayOutArgs } from "./access/auth-proxy";
export { discoverEndpoints } from "./access/discovery";
export {
  type IdentityProviderArgs,
  type MfaArgs,
  providerHosts,
  resolveIdentityProvider,
} from "./access/identity-provider";
export { type LoginArgs, LoginKind } from "./access/login";
export { OAuth2Proxy, type OAuth2ProxyArgs } from "./access/oauth2-proxy";
export { PolicyEnforcementPoint, type PolicyEnforcementPointArgs } from "./access/policy-enforcement-point";
export type { EndpointArgs, IdentityProvider } from "./access/provider";
export type { BucketArgs, RateLimitArgs } from "./access/rate-limits";
export type { Role } from "./access/role";
export { type RoleArgs, resolveRoles } from "./access/roles";
export { importRoles } from "./access/roles-yaml";
export { SessionStore, type SessionStoreArgs } from "./access/session-store";
export type {
  DemoIdentityProviderBehaviour,
  DemoMachineClient,
  DemoMachineClientArgs,
  DemoUser,
  DemoUserArgs,
} from "./demo/identity-provider";
export { EgressGateway, type EgressGatewayArgs } from "./egress/egress-gateway";
export type { Model } from "./egress/model";
export { type ModelArgs, resolveModel } from "./egress/models";
export { OpenClawGateway, type OpenClawGatewayArgs } from "./openclaw/gateway";
export { openClawPerimeter } from "./openclaw/perimeter";
export { type AgentArgs, type AgentPosture, agentPosture, ExecPosture, FilesPosture } from "./openclaw/posture";
export { type OpenPosture, postureReport } from "./openclaw/posture-report";
export * from "./perimeter";
export * from "./pki";
export {
  type ApiServerArgs,
  type AutoscaleArgs,
  type CertificateSource,
  type CertManagerArgs,
  type ContainerSpec,
  completePerimeter,
  type DeployerArgs,
  type DeployerSubject,
  type DnsArgs,
  deployerAccess,
  docker,
  type EntranceArgs,
  EntranceKind,
  type ExistingIssuerArgs,
  type ExternalSecretsArgs,
  type GatewayArgs,
  type IssuerRefArgs,
  type KubernetesArgs,
  type KubernetesObject,
  kubernetes,
  LeafUsage,
  type PlatformArgs,
  type PodsArgs,
  type PublishSpec,
  type RemoteValueArgs,
  type SecretKeyArgs,
  type SecretStoreRefArgs,
  type TerminatesTlsArgs,
  type TolerationArgs,
  type WorkloadSpec,
} from "./platforms";
export * from "./review";
export { SegmentedNetwork, type SegmentedNetworkArgs } from "./segmented-network";
export { type DemoArgs, type ImagesArgs, ZeroTrustOpenClaw, type ZeroTrustOpenClawArgs } from "./zero-trust-openclaw";
export {
  exportZones,
  type ImportZonesArgs,
  importZones,
  type PerimeterDifferences,
  perimeterDifferences,
  type ZoneServiceArgs,
  ZonesError,
  type ZonesProblem,
} from "./zones";
