import * as pulumi from "@pulumi/pulumi";

/**
 * Refuses the demo parts for a URL that others could open.
 * @throws InputPropertyError
 */
export function requireLocal(publicUrl: string): void {
  const { hostname } = new URL(publicUrl);
  if (["localhost", "127.0.0.1", "[::1]"].includes(hostname) || hostname.endsWith(".localhost")) return;
  const reason = `the demo parts let in whoever reads their passwords, and "${hostname}" is not this machine; remove "demo" and name your own identityProvider and models`;
  throw new pulumi.InputPropertyError({ propertyPath: "demo", reason });
}
