import * as pulumi from "@pulumi/pulumi";
import type { SegmentedNetwork } from "../segmented-network";
import { leafHours, MAX_LEAF_HOURS } from "./lifetime";
import { type ExistingAuthorityArgs, FIRST_GENERATION, type SignedIntermediateArgs } from "./material";

/** Where the root's key is. */
export const RootKey = {
  /** In the Pulumi state, encrypted by the stack's secrets provider. */
  State: "state",
  /** With somebody who signs the intermediate by hand. */
  Offline: "offline",
} as const;
export type RootKey = (typeof RootKey)[keyof typeof RootKey];

/** What a CA is made of, if not of a root whose key is in the state. */
export interface OwnAuthorityArgs {
  /**
   * Names of the roots peers trust; the first signs. To replace a root without a gap deploy `["1", "2"]`, then `["2", "1"]`, then
   * `["2"]`. Each deployment ends when every certificate is as it says; on Kubernetes wait two minutes more, until it is in the pods.
   * @default ["1"]
   */
  roots?: string[];
  /**
   * Where the root's key is, one of `RootKey`. With `"offline"` the first deployment makes the intermediate's key and stops with
   * the request to sign.
   * @default "state"
   */
  rootKey?: string;
  /**
   * What came back for the request.
   * @default - none yet; only for `rootKey: "offline"`
   */
  signedIntermediate?: SignedIntermediateArgs;
  /**
   * An intermediate of your own, instead of one made here.
   * @default - one made here
   */
  existing?: ExistingAuthorityArgs;
}

export interface CertificateAuthorityArgs extends OwnAuthorityArgs {
  /** The network whose workloads get certificates. On Docker its perimeter is made by `withCertificateAuthority`. */
  network: SegmentedNetwork;
  /**
   * How long a leaf lives unless it asks for less, and at most: `"1h"` to `"24h"`.
   * @default "24h"
   */
  leafLifetime?: string;
  /**
   * Image of step-ca.
   * @default "smallstep/step-ca:0.30.2"
   */
  image?: string;
}

/**
 * Hours a leaf lives, if the rest makes sense too.
 * @param within What stands before the names of what is wrong, where these are somebody's parts.
 * @param issuerRoots What the platform says of an issuer that is there already.
 * @throws InputPropertyError see {@link CertificateAuthority}
 */
export function validateAuthority(
  args: Omit<CertificateAuthorityArgs, "network"> & { network?: SegmentedNetwork },
  within = "",
  issuerRoots = args.network?.issuerRoots,
): number {
  const { network, roots = [FIRST_GENERATION], rootKey = RootKey.State, signedIntermediate, existing } = args;
  const hours = leafHours(args.leafLifetime ?? `${MAX_LEAF_HOURS}h`, "leafLifetime");
  const known = Object.values(RootKey) as string[];
  if (!known.includes(rootKey))
    refuse(
      `${within}rootKey`,
      `"${rootKey}" is no place for a root's key; use ${known.map((one) => `"${one}"`).join(" or ")}`,
    );
  if (signedIntermediate && rootKey !== RootKey.Offline)
    refuse(
      `${within}signedIntermediate`,
      'answers a request that only rootKey: "offline" makes; remove it, or use existing for a CA of your own',
    );
  if (issuerRoots !== undefined) refuseSecondAuthority(args, within);
  if (existing && (rootKey === RootKey.Offline || args.roots))
    refuse(`${within}existing`, "brings its own roots; remove roots and rootKey, or existing");
  if (rootKey === RootKey.Offline && args.roots)
    refuse(`${within}roots`, "names roots made here, and an offline root is made elsewhere; remove roots, or rootKey");
  checkGenerations(roots, `${within}roots`);
  if (network) requireIssuer(network);
  return hours;
}

function refuseSecondAuthority(args: Omit<CertificateAuthorityArgs, "network">, within: string): void {
  const keys = ["roots", "rootKey", "signedIntermediate", "existing"] as const;
  const second = keys.find((key) => args[key] !== undefined);
  if (second !== undefined)
    refuse(
      `${within}${second}`,
      "is of a CA made here, and the platform's certManager.issuer signs instead; remove one of them",
    );
}

function checkGenerations(roots: string[], path: string): void {
  if (roots.length === 0) refuse(path, 'is empty; name at least the root that signs, such as ["1"]');
  const wrong = roots.find((one) => !/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/.test(one));
  if (wrong !== undefined)
    refuse(path, `"${wrong}" is no name for a root; use a-z, 0-9 and hyphens, at most 32, such as "2"`);
  const twice = roots.find((one, i) => roots.indexOf(one) < i);
  if (twice !== undefined) refuse(path, `"${twice}" is named twice; name each root once, the one that signs first`);
}

function requireIssuer(network: SegmentedNetwork): void {
  const problem = network.issuerProblem();
  if (problem) throw new Error(problem);
}

function refuse(propertyPath: string, reason: string): never {
  throw new pulumi.InputPropertyError({ propertyPath, reason });
}
