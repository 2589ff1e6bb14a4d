import type { Rule } from "../rule";
import { addedCapabilities } from "./added-capabilities";
import { clusterAdmin } from "./cluster-admin";
import { containerLimits } from "./container-limits";
import { demoParts } from "./demo-parts";
import { dockerSocket } from "./docker-socket";
import { egressAllowList } from "./egress-allow-list";
import { egressPrivateRange } from "./egress-private-range";
import { exposedService } from "./exposed-service";
import { hostAccess } from "./host-access";
import { imageDigest } from "./image-digest";
import { leafLifetime } from "./leaf-lifetime";
import { networkPolicyMissing } from "./network-policy-missing";
import { networkPolicyOpen } from "./network-policy-open";
import { openclawConfigReadable } from "./openclaw-config-readable";
import { openclawDeviceAuth } from "./openclaw-device-auth";
import { openclawEgress } from "./openclaw-egress";
import { openclawInsecureAuth } from "./openclaw-insecure-auth";
import { openclawReplicas } from "./openclaw-replicas";
import { openclawSharedToken } from "./openclaw-shared-token";
import { openclawTrustedProxies } from "./openclaw-trusted-proxies";
import { openclawWildcardOrigin } from "./openclaw-wildcard-origin";
import { plainHttp } from "./plain-http";
import { privilegedContainer } from "./privileged-container";
import { publishedPort } from "./published-port";
import { rootContainer } from "./root-container";
import { secretInEnvironment } from "./secret-in-environment";
import { secretInPlainText } from "./secret-in-plain-text";
import { serviceAccountToken } from "./service-account-token";
import { tlsVerification } from "./tls-verification";
import { wildcardRights } from "./wildcard-rights";
import { writableRoot } from "./writable-root";

/** All rules, in the order in which the documentation lists them. */
export const RULES: Rule[] = [
  openclawDeviceAuth,
  openclawInsecureAuth,
  openclawWildcardOrigin,
  openclawTrustedProxies,
  openclawSharedToken,
  openclawReplicas,
  openclawEgress,
  openclawConfigReadable,
  demoParts,
  imageDigest,
  egressAllowList,
  egressPrivateRange,
  networkPolicyMissing,
  networkPolicyOpen,
  exposedService,
  publishedPort,
  tlsVerification,
  plainHttp,
  leafLifetime,
  secretInEnvironment,
  secretInPlainText,
  privilegedContainer,
  rootContainer,
  writableRoot,
  addedCapabilities,
  hostAccess,
  dockerSocket,
  serviceAccountToken,
  containerLimits,
  clusterAdmin,
  wildcardRights,
];
