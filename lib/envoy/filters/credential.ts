import { secretReference } from "../secrets";
import { extension, typed } from "../types";

export interface CredentialArgs {
  directory: string;
  /** Name of the secret. */
  secret: string;
  header: string;
  /** Put before the secret, such as `Bearer `. */
  prefix: string;
}

/** Puts a credential into the request that the caller never sees, over whatever the caller sent. Without the credential: 401. */
export function injectCredential({ directory, secret, header, prefix }: CredentialArgs) {
  return extension("envoy.filters.http.credential_injector", "filters.http.credential_injector.v3.CredentialInjector", {
    overwrite: true,
    allow_request_without_credential: false,
    credential: {
      name: "envoy.http.injected_credentials.generic",
      typed_config: typed("http.injected_credentials.generic.v3.Generic", {
        credential: secretReference(directory, secret),
        header,
        header_value_prefix: prefix,
      }),
    },
  });
}
