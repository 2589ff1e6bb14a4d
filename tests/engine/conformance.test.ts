import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { failures, type Outcome, runCases, table } from "../conformance/case";
import { dockerCases } from "../conformance/cases";
import { Context } from "../conformance/context";
import { DEFENCES } from "../conformance/defences";
import { dockerDeployment } from "../conformance/deployment";
import { type Bite, weaken } from "../conformance/weaken";
import { INSTANCE, outputs, pulumi, up } from "./support/stack";

/** Goes on with the deployment of the file before, and leaves it to the next. */
describe("an attacked deployment", () => {
  let context: Context;
  let outcomes: Outcome[] = [];
  const bites: Bite[] = [];

  before(async () => {
    const { code, output } = await up();
    assert.equal(code, 0, output);
    const exported = await pulumi("stack", "export", "--show-secrets");
    // Not the output, which has the secrets in it.
    assert.equal(exported.code, 0, "the state could not be exported");
    context = new Context(await dockerDeployment(INSTANCE, await outputs(), exported.output));
  });

  after(() => context?.deployment.driver.close());

  describe("holds off", () => {
    before(async () => {
      outcomes = await runCases(dockerCases, context);
      for (const line of table(outcomes)) console.log(line);
    });
    for (const { id, what } of dockerCases) {
      test(`${id}: who ${what}`, () => {
        const outcome = outcomes.find(({ case: one }) => one.id === id);
        assert.ok(outcome, "the attack was not made");
        assert.deepEqual(failures([outcome]), []);
      });
    }
  });

  describe("no longer holds off an attack when it is not so that", () => {
    before(async () => {
      for await (const bite of weaken(context, dockerCases, /./)) bites.push(bite);
    });
    for (const { name } of DEFENCES) {
      test(name, (test) => {
        const bite = bites.find(({ defence }) => defence === name);
        assert.ok(bite, "this defence was not taken away");
        assert.equal(bite.problem, undefined);
        test.diagnostic(`got through: ${bite.through.join(", ")}`);
      });
    }
  });
});
