// The runner of plugins reads no tsconfig.json of theirs, and takes an older library for granted.
/// <reference lib="es2022" />

/**
 * The components as a package for Pulumi programs in any language. Others take a network or a CA, which are components of their own, and
 * no output of a package's own component can be an input of it: they stay for TypeScript.
 */
export { SegmentedNetwork } from "../lib/segmented-network";
export { ZeroTrustOpenClaw } from "../lib/zero-trust-openclaw";
