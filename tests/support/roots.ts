import assert from "node:assert/strict";

/** The Pulumi CLI on some stack. */
type Pulumi = (...args: string[]) => Promise<{ code: number; output: string }>;

const SETTING = "certificates.roots";

/** Name of the root that signs. */
export async function signingRoot(pulumi: Pulumi): Promise<string> {
  const { code, output } = await pulumi("config", "get", "--path", `${SETTING}[0]`);
  return code === 0 ? (output.trim().split("\n").at(-1) as string) : "1";
}

/** Sets the names of a stack's roots, the one that signs first, for the next deployment. */
export async function setRoots(pulumi: Pulumi, roots: string[]): Promise<void> {
  await pulumi("config", "rm", "--path", SETTING);
  for (const [i, name] of roots.entries()) {
    const { code, output } = await pulumi("config", "set", "--path", `${SETTING}[${i}]`, name);
    assert.equal(code, 0, output);
  }
}
