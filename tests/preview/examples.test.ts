import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Project } from "./support/project";

const EXAMPLES = join(__dirname, "../../examples");
const SECRETS = { clientSecret: "very-secret-client", openaiApiKey: "very-secret-key" };

interface Step {
  op: string;
  urn: string;
}

/** An example under the real engine; no cluster is reached, so that what would be made is shown as it was asked for. */
function project(name: string, secrets: Record<string, string> = {}) {
  let opened: Project;
  before(async () => {
    opened = await Project.open(join(EXAMPLES, name));
    const nowhere = join(opened.state.root, "no-kubeconfig");
    await opened.must(["config", "set", "kubeconfig", nowhere]);
    for (const [key, value] of Object.entries(secrets)) await opened.must(["config", "set", "--secret", key, value]);
  });
  after(() => opened?.remove());
  return {
    preview: async (): Promise<{ steps: Step[]; text: string }> => {
      const { stdout } = await opened.must(["preview", "--json"]);
      return { steps: (JSON.parse(stdout) as { steps: Step[] }).steps, text: stdout };
    },
    refused: async (key: string, value: string): Promise<string> => {
      await opened.must(["config", "set", key, value]);
      const { code, stdout, stderr } = await opened.pulumi(["preview"]);
      assert.notEqual(code, 0, stdout);
      return `${stdout}${stderr}`;
    },
  };
}

const typesOf = (steps: Step[]) => steps.map(({ urn }) => urn.split("::")[2]?.split("$").at(-1) as string);

describe("03-segmented-network by the engine", () => {
  const { preview } = project("03-segmented-network");

  test("would make policies around what is there, and nothing else", async () => {
    const { steps } = await preview();
    assert.deepEqual([...new Set(steps.map(({ op }) => op))], ["create"]);
    assert.deepEqual([...new Set(typesOf(steps))].sort(), [
      "kubernetes:networking.k8s.io/v1:NetworkPolicy",
      "pulumi:providers:kubernetes",
      "pulumi:pulumi:Stack",
      "zero-trust-openclaw:index:SegmentedNetwork",
    ]);
  });
});

describe("08-component-package by the engine", () => {
  const { preview, refused } = project("08-component-package/typescript", SECRETS);

  test("has its component made by the plugin, with the program's own provider and secrets that stay secret", async () => {
    const { steps, text } = await preview();
    const types = typesOf(steps);
    assert.ok(types.includes("zero-trust-openclaw:index:ZeroTrustOpenClaw"));
    assert.ok(types.filter((type) => type === "kubernetes:networking.k8s.io/v1:NetworkPolicy").length > 10);
    const parents = steps.filter(({ urn }) => urn.includes(":NetworkPolicy::")).map(({ urn }) => urn.split("::")[2]);
    assert.deepEqual(
      [...new Set(parents)],
      [
        "zero-trust-openclaw:index:ZeroTrustOpenClaw$zero-trust-openclaw:index:SegmentedNetwork$kubernetes:networking.k8s.io/v1:NetworkPolicy",
      ],
    );
    const providers = steps.filter(({ urn }) => urn.includes("::pulumi:providers:kubernetes::"));
    assert.deepEqual(
      providers.map(({ urn }) => urn.split("::").at(-1)),
      ["cluster"],
    );
    for (const secret of Object.values(SECRETS)) {
      assert.ok(!text.includes(secret));
      assert.ok(!text.includes(Buffer.from(secret).toString("base64")));
    }
  });

  test("is refused in the words of the library", async () => {
    const said = await refused("publicUrl", "http://openclaw.example.com");
    assert.match(said, /publicUrl/);
    assert.match(said, /is no https URL; write it as https:\/\/openclaw\.example\.com/);
  });
});
