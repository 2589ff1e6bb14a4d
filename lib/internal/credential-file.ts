import type * as pulumi from "@pulumi/pulumi";
import { genericSecret } from "../envoy";
import { FILES, type FileSpec } from "../platforms";
import type { SegmentedNetwork } from "../segmented-network";

/**
 * A credential in the file of its name: where it is already, or what is given.
 * @throws Error if it is both, or neither
 */
export function credentialFile(
  network: SegmentedNetwork,
  credential: string,
  content: pulumi.Input<string> | undefined,
): FileSpec {
  const exists = network.existingCredentials.includes(credential);
  if (exists && content !== undefined)
    throw new Error(`credential "${credential}" is given, and the platform has it already; keep one of them`);
  if (exists) return { name: credential, credential };
  if (content === undefined)
    throw new Error(`credential "${credential}" is missing; give it, or say where the platform has it`);
  return { name: credential, content };
}

/** The same for an Envoy, which uses a changed one at once. */
export function envoyCredential(
  network: SegmentedNetwork,
  credential: string,
  content: pulumi.Input<string> | undefined,
): FileSpec[] {
  return [{ ...credentialFile(network, credential, content), hot: true }, genericSecret(FILES, credential)];
}
