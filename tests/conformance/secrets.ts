/** What only the deployment knows, so that attacks by somebody who stole it can be made. Kept in memory, never printed. */
export interface Secrets {
  /** The demo identity provider's signing key. */
  signingKey: string;
  /** The internal CA's intermediate, and its key. */
  intermediate: string;
  intermediateKey: string;
  /** The header by which OpenClaw learns from the guard who the user is. */
  userHeader: string;
}

interface Exported {
  deployment: { resources: { urn: string; type: string; outputs?: Record<string, unknown> }[] };
}

/** Finds the secrets in what `pulumi stack export --show-secrets` says. */
export function secretsOf(exported: string): Secrets {
  const { resources } = (JSON.parse(exported.slice(exported.indexOf("{"))) as Exported).deployment;
  const output = (type: string, name: string, key: string): string => {
    const found = resources.find((one) => one.type.endsWith(`:${type}`) && one.urn.endsWith(name));
    const value = found?.outputs?.[key];
    if (value === undefined) throw new Error(`the state has no ${type} ${name} with ${key}`);
    return typeof value === "string" ? value : (JSON.parse((value as { plaintext: string }).plaintext) as string);
  };
  return {
    signingKey: output("PrivateKey", "-signing-key", "privateKeyPemPkcs8"),
    intermediate: output("LocallySignedCert", "-intermediate", "certPem"),
    intermediateKey: output("PrivateKey", "-intermediate", "privateKeyPemPkcs8"),
    userHeader: `x-oc-user-${output("RandomId", "-user-header", "hex")}`,
  };
}
