import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Cluster } from "../../testbed/cluster";
import { PRESETS, type Preset, type PresetName, presets } from "../manifests/presets";
import { namespace } from "./support/controller";
import { inOneNamespace, refusals } from "./support/dry-run";
import { theCluster } from "./support/stack";

describe("what is rendered", () => {
  const where = "test-dry-run";
  let cluster: Cluster;
  let made: Record<PresetName, Preset>;
  before(async () => {
    cluster = await theCluster();
    made = await presets();
    await cluster.kubectl.apply([namespace(where) as Record<string, unknown>]);
    const account = ["--namespace", where, "serviceaccount/default"];
    await cluster.kubectl.run(["wait", ...account, "--for=create", "--timeout=30s"]);
  });
  after(async () => {
    await cluster.kubectl.run(["delete", "namespace", where, "--ignore-not-found"]);
  });

  for (const name of PRESETS) {
    test(`of ${name} is taken by the API server without a warning, with all its pods in a restricted namespace`, async () => {
      const objects = inOneNamespace(made[name].objects, where);
      assert.equal(await refusals(cluster.kubectl, objects), "");
    });
  }

  test("would not be if a pod were on the node's own network", async () => {
    const [pod] = inOneNamespace(made.demo.objects, where).filter((one) => (one as { kind: string }).kind === "Pod");
    const { spec, ...rest } = pod as { spec: object };
    const said = await refusals(cluster.kubectl, [{ ...rest, spec: { ...spec, hostNetwork: true } }]);
    assert.match(said, /violates PodSecurity "restricted/);
  });
});
