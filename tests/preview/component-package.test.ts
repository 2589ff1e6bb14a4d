import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { ComponentProvider } from "@pulumi/pulumi/provider/experimental/provider";
import { parse } from "yaml";
import * as lib from "../../lib";
import * as components from "../../plugin";
import { pythonCalls, pythonName } from "./support/python";
import { COMPUTED, resourceProblems, type Schema } from "./support/schema";

const ROOT = join(__dirname, "../..");
const PLUGIN = join(ROOT, "plugin");
const EXAMPLE = join(ROOT, "examples/08-component-package");
const NAME = "zero-trust-openclaw";
const read = (...path: string[]) => readFileSync(join(...path), "utf8");
const token = (component: string) => `${NAME}:index:${component}`;

type Components = ConstructorParameters<typeof ComponentProvider>[0]["components"];
const schemaOf = (some: object) =>
  new ComponentProvider({ components: Object.values(some) as Components, dirname: PLUGIN, name: NAME }).getSchema();

describe("the package for other languages", () => {
  let schema: Schema & { version: string; name: string };
  before(async () => {
    schema = JSON.parse(await schemaOf(components));
  });

  test("has the public interface that is written down; UPDATE_GOLDEN=1 make test-preview writes it anew", () => {
    const file = join(ROOT, "schema", "schema.json");
    if (process.env.UPDATE_GOLDEN) writeFileSync(file, `${JSON.stringify(schema, null, 2)}\n`);
    assert.deepEqual(schema, JSON.parse(read(file)));
  });

  test("has the version of the library", () => {
    const { name, version } = JSON.parse(read(ROOT, "package.json")) as { name: string; version: string };
    assert.deepEqual([schema.name, schema.version], [name, version]);
  });

  test("puts out nothing that is private, and describes everything in words", () => {
    const outputs = Object.entries(schema.resources).map(([name, { properties }]) => [name, Object.keys(properties)]);
    assert.deepEqual(Object.fromEntries(outputs), {
      [token("SegmentedNetwork")]: ["perimeter"],
      [token("ZeroTrustOpenClaw")]: [
        "url",
        "trustBundle",
        "perimeter",
        "diagram",
        "agentPosture",
        "snapshot",
        "demoUsers",
      ],
    });
    assert.ok(!JSON.stringify(schema).includes("[object Object]"));
  });

  test("has every component but those that take another one, which no input of a package can be", () => {
    const isComponent = (one: unknown) =>
      typeof one === "function" && one.prototype instanceof pulumi.ComponentResource;
    const others = Object.entries(lib).filter(([name, one]) => isComponent(one) && !(name in components));
    assert.deepEqual(others.map(([name]) => name).sort(), [
      ...["AuthProxy", "CertificateAuthority", "EgressGateway", "OAuth2Proxy", "OpenClawGateway"],
      ...["PolicyEnforcementPoint", "SessionStore", "WorkloadCertificate"],
    ]);
  });

  test("is used as the schema says by the example in YAML", () => {
    const { resources } = parse(read(EXAMPLE, "yaml/Pulumi.yaml")) as {
      resources: Record<string, { type: string; properties: Record<string, unknown> }>;
    };
    const own = Object.values(resources).filter(({ type }) => type.startsWith(`${NAME}:`));
    assert.equal(own.length, 1);
    for (const { type, properties } of own)
      assert.deepEqual(resourceProblems(schema, type, computed(properties) as Record<string, unknown>), []);
  });

  test("is used as the schema says by the example in Python", () => {
    const calls = pythonCalls(read(EXAMPLE, "python/__main__.py"), "zero_trust");
    assert.deepEqual(
      calls.map(({ name }) => name),
      ["SegmentedNetwork"],
    );
    for (const {
      name,
      arguments: { opts, ...inputs },
    } of calls) {
      assert.equal(opts, COMPUTED);
      assert.deepEqual(resourceProblems(schema, token(name), inputs, pythonName), []);
    }
  });

  test("is checked by a check that finds what is wrong", () => {
    const problems = (inputs: Record<string, unknown>) => resourceProblems(schema, token("ZeroTrustOpenClaw"), inputs);
    const right = { platform: { docker: {} }, publicUrl: "https://a.example", roles: { viewer: { groups: ["all"] } } };
    assert.deepEqual(problems(right), []);
    const at = token("ZeroTrustOpenClaw");
    const cases: [Record<string, unknown>, string][] = [
      [{ url: "x" }, `${at}.url: is not in the schema`],
      [{ publicUrl: 1 }, `${at}.publicUrl: is a number and not a string`],
      [{ roles: { viewer: { group: [] } } }, `${at}.roles["viewer"].group: is not in the schema`],
      [{ agent: { exec: "yes" } }, `${at}.agent.exec: is none of deny, ask`],
      [{ models: [{ apiKey: "k" }] }, `${at}.models[0].provider: is missing`],
    ];
    for (const [wrong, problem] of cases) assert.deepEqual(problems({ ...right, ...wrong }), [problem]);
  });
});

/** What YAML computes is written as `${…}`. */
function computed(value: unknown): unknown {
  if (typeof value === "string") return /^\$\{.+\}$/.test(value) ? COMPUTED : value;
  if (Array.isArray(value)) return value.map(computed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, computed(one)]));
}
