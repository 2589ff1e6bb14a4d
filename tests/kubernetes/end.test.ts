import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import type { Perimeter } from "../../lib";
import { sleep } from "../../testbed/sleep";
import { execute, type Result } from "../engine/support/stack";
import { Hands } from "./support/cluster";
import { deployerAccount } from "./support/deployer";
import { deployed, down, PREFIX, theCluster, up, upAndKillWhen } from "./support/stack";

/** So many objects are there when a deployment is killed: policies and services are, pods are about to be. */
const KILLED_AT = 40;
const OURS = ["--selector", `app.kubernetes.io/part-of=${PREFIX}`];

interface Named {
  metadata: { name: string };
}

describe("a deployment on a cluster", () => {
  let perimeter: Perimeter;
  before(async () => {
    ({ perimeter } = await deployed());
  });

  const hands = async () => {
    const cluster = await theCluster();
    const nobody = { trustDomain: "", zones: [], workloads: [], flows: [], credentials: [] };
    return new Hands({ ...cluster, kubectl: cluster.kubectl.path }, PREFIX, nobody);
  };

  test("leaves nothing on the cluster when it is taken down", async () => {
    const { code, output } = await down();
    assert.equal(code, 0, output);
    const look = await hands();
    const kinds = [
      ...["namespaces", "persistentvolumes", "clusterissuers", "validatingadmissionpolicies"],
      ...["validatingadmissionpolicybindings", "clusterroles", "clusterrolebindings"],
    ];
    for (const kind of kinds) {
      const left = (
        await look.get<{ metadata: { name: string }; spec?: { claimRef?: { namespace: string } } }>(kind)
      ).filter(
        ({ metadata, spec }) =>
          metadata.name.startsWith(`${PREFIX}-`) || spec?.claimRef?.namespace.startsWith(`${PREFIX}-`),
      );
      assert.deepEqual(
        left.map(({ metadata }) => metadata.name),
        [],
        kind,
      );
    }
    assert.deepEqual(await look.get("secrets", "--all-namespaces", ...OURS), []);
  });

  test("by an account that may do nothing else goes on after it was killed, and can be taken down", async (context) => {
    const look = await hands();
    const account = await deployerAccount(look, perimeter);
    const there = async () => (await look.get("networkpolicies,services,secrets", "--all-namespaces", ...OURS)).length;
    try {
      await upAndKillWhen(async () => (await there()) >= KILLED_AT, account.settings);
      context.diagnostic(`killed at ${await there()} objects`);
      await sleep(1000);
      const { code, output } = await up(account.settings);
      assert.equal(code, 0, output);
      assert.match(output, /recovered from an interrupted update/);
      assert.equal((await deployed()).users.length, 3);
      const foreign = await look.tried(...account.as, "get", "secrets", "--namespace", "kube-system");
      assert.match(foreign.output, /forbidden/);
      const gone = await down();
      assert.equal(gone.code, 0, gone.output);
      // In namespaces that stay, cert-manager leaves what it has issued.
      const left = await look.get<Named>("networkpolicies,services,secrets", "--all-namespaces", ...OURS);
      assert.deepEqual(
        left.map(({ metadata }) => metadata.name).filter((name) => !name.endsWith("-tls")),
        [],
      );
    } finally {
      await account.remove();
    }
  });
});

describe("a preview without a cluster", () => {
  /** With a state of its own, which is gone afterwards. */
  const preview = async (stack: string, settings: string[][]): Promise<Result> => {
    const state = mkdtempSync(join(tmpdir(), "zero-trust-openclaw-preview-"));
    const env = { STACK: stack, STATE: state, KUBECONFIG: join(state, "none") };
    const pulumi = (...args: string[]) => execute(join(__dirname, "../../testbed/bin/pulumi"), args, env);
    try {
      for (const setting of settings) {
        const { code, output } = await pulumi("config", "set", ...setting);
        assert.equal(code, 0, output);
      }
      return await pulumi("preview", "--non-interactive", "--color", "never");
    } finally {
      for (const path of [state, `${state}.lock`]) rmSync(path, { recursive: true, force: true });
    }
  };
  const secret = (name: string) => ["--secret", name, "example"];

  for (const [stack, settings] of Object.entries({
    staging: [secret("clientSecret"), secret("openaiApiKey")],
    production: [],
  })) {
    test(`shows what ${stack} would make`, async () => {
      const { code, output } = await preview(stack, settings);
      assert.equal(code, 0, output);
      assert.match(output, /\+ \d+ to create/);
    });
  }

  test("of production is refused with the settings that make it less than that", async () => {
    const { code, output } = await preview("production", [
      ["publicUrl", "https://localhost:8443"],
      ["--path", "kubernetes.requireSecretStore", "false"],
    ]);
    assert.notEqual(code, 0);
    assert.match(output, /kubernetes.requireSecretStore: no credential is in settings or state here/);
    assert.match(output, /publicUrl: "https:\/\/localhost:8443" is this machine's own/);
  });

  test("of production is refused with a credential in its settings", async () => {
    const { code, output } = await preview("production", [secret("clientSecret")]);
    assert.notEqual(code, 0);
    assert.match(
      output,
      /identityProvider\.clientSecret.*is given, and the platform's secrets name "client-secret" too/s,
    );
  });
});
