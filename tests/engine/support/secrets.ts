import assert from "node:assert/strict";
import { pulumi } from "./stack";

/** What was generated for this deployment, decrypted for the search. */
export async function secretsOf(): Promise<{ name: string; value: string }[]> {
  const { code, output } = await pulumi("stack", "export", "--show-secrets");
  assert.equal(code, 0);
  const { deployment } = JSON.parse(output.slice(output.indexOf("{"))) as {
    deployment: { resources: { urn: string; type: string; outputs?: Record<string, unknown> }[] };
  };
  return deployment.resources.flatMap(({ urn, type, outputs = {} }) => {
    const value = type.endsWith("RandomPassword")
      ? outputs.result
      : type.endsWith("PrivateKey")
        ? outputs.privateKeyPemPkcs8
        : undefined;
    if (value === undefined) return [];
    const plain = (
      typeof value === "string" ? value : JSON.parse((value as { plaintext: string }).plaintext)
    ) as string;
    // One line of a key is enough to find it, however the text around it is escaped.
    return [
      { name: urn.split("::").at(-1) as string, value: plain.split("\n").at(plain.includes("\n") ? 1 : 0) as string },
    ];
  });
}
