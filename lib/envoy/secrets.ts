import type { JsonObject } from "./types";

/**
 * Envoy reads secrets from files through file-based SDS, so that a swapped file is used at once and without a restart. A file holds
 * exactly one secret: with two Envoy starts and then uses neither.
 */
export interface SecretFile {
  /** Name of the description's file. */
  name: string;
  content: string;
}

const SECRET = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

/** A certificate and its key, in `tls.crt` and `tls.key` of a directory of their own. */
export function certificateSecret(directory: string, name: string): SecretFile {
  const pair = {
    certificate_chain: { filename: `${directory}/tls.crt` },
    private_key: { filename: `${directory}/tls.key` },
  };
  return secretFile(name, { tls_certificate: { ...pair, watched_directory: { path: directory } } });
}

/** The roots that peers are verified with, in `<name>.pem`. */
export function rootsSecret(directory: string, name: string): SecretFile {
  const roots = { trusted_ca: { filename: `${directory}/${name}.pem` } };
  return secretFile(name, { validation_context: { ...roots, watched_directory: { path: directory } } });
}

/** Any other secret, in a file of this name. */
export function genericSecret(directory: string, name: string): SecretFile {
  const secret = { filename: `${directory}/${name}`, watched_directory: { path: directory } };
  return secretFile(name, { generic_secret: { secret } });
}

/** How a configuration refers to a secret of the directory. */
export function secretReference(directory: string, name: string): JsonObject {
  return {
    name,
    sds_config: { resource_api_version: "V3", path_config_source: { path: `${directory}/${descriptionOf(name)}` } },
  };
}

function secretFile(name: string, secret: JsonObject): SecretFile {
  return { name: descriptionOf(name), content: JSON.stringify({ resources: [{ "@type": SECRET, name, ...secret }] }) };
}

function descriptionOf(name: string): string {
  return `sds-${name}.json`;
}
