import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { onNode } from "../../testbed/cluster/configuration";
import { forward, type Way } from "../../testbed/cluster/forward";
import { ensureEngine } from "../../testbed/steps/engine";
import { failures, type Outcome, runCases, table } from "../conformance/case";
import { kubernetesCases } from "../conformance/cases";
import { Context } from "../conformance/context";
import { kubernetesDeployment } from "../conformance/deployment";
import type { KubernetesDriver } from "../conformance/kubernetes";
import { hostOf, outcome, request } from "../conformance/raw";
import { PROBE, Probe } from "../conformance/running-probe";
import { ENTRANCE_PORT, OWN_NODE, outputs, PREFIX, pulumi, theCluster, up } from "./support/stack";

/** The attacks that the Docker stack holds off, on the deployment of the file before. */
describe("an attacked deployment on a cluster", () => {
  let way: Way;
  let context: Context;
  let driver: KubernetesDriver;
  let outcomes: Outcome[] = [];

  before(async () => {
    const cluster = await theCluster();
    const { code, output } = await up();
    assert.equal(code, 0, output);
    const exported = await pulumi("stack", "export", "--show-secrets");
    // Not the output, which has the secrets in it.
    assert.equal(exported.code, 0, "the state could not be exported");
    const { value: engine } = await ensureEngine({ say: () => {}, note: () => {}, log: "/dev/null" } as never);
    const deployment = await kubernetesDeployment(cluster, engine.docker, PREFIX, await outputs(), exported.output);
    ({ driver } = deployment);
    way = await forward(ENTRANCE_PORT, cluster.nodeAddress);
    context = new Context(deployment);
    outcomes = await runCases(kubernetesCases, context);
    for (const line of table(outcomes)) console.log(line);
  });

  after(async () => {
    await context?.driver.close();
    await way?.close();
  });

  describe("does not believe, with the guard's headers and the stolen secret one,", () => {
    const forged = () => ({
      tls: { serverName: "openclaw", ca: context.deployment.roots },
      send: [
        {
          data: request("GET /v1/models", [
            `Host: ${hostOf(context)}`,
            `${context.deployment.secrets.userHeader}: alice@example.com`,
            "x-openclaw-scopes: operator.admin",
            "X-Forwarded-For: 203.0.113.7",
            "X-Forwarded-Proto: https",
            `X-Forwarded-Host: ${hostOf(context)}`,
          ]),
        },
      ],
    });

    if (OWN_NODE)
      test("a process of the node, which policies let through", async () => {
        const [podIP] = await driver.addressesOf("openclaw");
        const [program, args] = onNode(join(PROBE, "probe"));
        const probe = new Probe(program, args);
        try {
          assert.match(outcome(await probe.carryOut({ dial: `${podIP}:18789`, ...forged() })), /^40[13]$/);
        } finally {
          await probe.end();
        }
      });

    test("the agent, by its own service's address: it does not even get there", async () => {
      const dial = `${await driver.addressBetween("guard", "openclaw")}:18789`;
      assert.equal(outcome(await driver.exchange({ workload: "openclaw" }, { dial, ...forged() })), "no connection");
    });
  });

  for (const { id, what } of kubernetesCases) {
    test(`${id}: who ${what}`, () => {
      const outcome = outcomes.find(({ case: one }) => one.id === id);
      assert.ok(outcome, "the attack was not made");
      assert.deepEqual(failures([outcome]), []);
    });
  }
});
