import { strict as assert } from "node:assert";
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parse } from "yaml";
import { ask } from "../../policies/ask";
import type { Resource } from "../../policies/rule";
import { RULES } from "../../policies/rules";
import { IMAGE_KEYS } from "../../stacks/config";
import { laptop } from "../../stacks/laptop";
import { repository } from "../../testbed/paths";
import { policyConfig } from "../../testbed/policy-pack";
import { record } from "../unit/support/mocks";
import { line, policed } from "./support/findings";
import { Project } from "./support/project";

const DAY = 24 * 3600 * 1000;

/** The configuration of one of our stacks, as on a day when its exceptions hold. */
function configOf(stack: string) {
  const config = JSON.parse(readFileSync(policyConfig(stack), "utf8")) as {
    exceptions: { accepted: { rule: string; resource: string; reason: string; expires: string }[] };
  };
  const expires = new Date(Date.now() + DAY).toISOString().slice(0, 10);
  return { exceptions: { accepted: config.exceptions.accepted.map((one) => ({ ...one, expires })) } };
}

describe("stacks of others", () => {
  for (const name of ["plain-deployment", "rendered-chart", "mixed"]) {
    test(`${name}: exactly what is wrong with it`, async () => {
      const directory = join(__dirname, "programs", name);
      const project = await Project.open(directory);
      try {
        const { code, findings, errors } = await policed(project);
        const found = `${findings.map(line).join("\n")}\n`;
        const file = join(directory, "expected.txt");
        if (process.env.UPDATE_GOLDEN) writeFileSync(file, found);
        // A program that cannot be run is no finding.
        assert.ok(
          findings.some(({ level }) => level === "mandatory"),
          errors.join("\n"),
        );
        assert.equal(found, readFileSync(file, "utf8"));
        assert.notEqual(code, 0);
      } finally {
        project.remove();
      }
    });
  }
});

describe("what is configured", () => {
  let project: Project;
  before(async () => {
    project = await Project.open(join(__dirname, "programs", "rendered-chart"));
  });
  after(() => project.remove());

  test("advice alone lets a preview pass; the pack may be that of a linked package", async () => {
    const linked = join(project.state.root, "node_modules", "zero-trust-openclaw");
    mkdirSync(dirname(linked), { recursive: true });
    symlinkSync(repository, linked);
    const { code, findings } = await policed(project, { all: "advisory" }, join(linked, "policies"));
    assert.deepEqual([...new Set(findings.map(({ level }) => level))], ["advisory"]);
    assert.equal(code, 0);
  });

  test("levels, settings and exceptions of single rules hold", async () => {
    const reason = "It is replaced soon.";
    const { findings } = await policed(project, {
      "host-access": "disabled",
      "container-limits": { resources: ["memory", "cpu"] },
      "leaf-lifetime": { enforcementLevel: "advisory", maxHours: 100 },
      exceptions: {
        accepted: [
          { rule: "docker-socket", resource: "StatefulSet/*", reason, expires: "9999-12-31" },
          { rule: "privileged-container", resource: "StatefulSet/claw", reason, expires: "2020-01-31" },
          { rule: "root-container", resource: "StatefulSet/claw", expires: "9999-12-31" },
        ],
      },
    });
    const of = (rule: string) =>
      findings.filter((one) => one.rule === rule).map(({ level, message }) => [level, message]);
    assert.deepEqual(of("host-access"), []);
    assert.deepEqual(of("docker-socket"), []);
    assert.deepEqual(of("container-limits"), [
      ["mandatory", 'container "docker-tools" has no limit of cpu; set one'],
      ["mandatory", 'container "gateway" has no limit of cpu; set one'],
    ]);
    assert.deepEqual(of("leaf-lifetime"), [["advisory", "lives 2160 hours; 100 at most, and renew it by itself"]]);
    assert.equal(of("privileged-container").length > 0, true);
    assert.deepEqual(of("exceptions"), [
      [
        "mandatory",
        'exception 2: for "privileged-container" on "StatefulSet/claw" ended on 2020-01-31; keep the rule now, or decide anew with a new date',
      ],
      [
        "mandatory",
        'exception 3: for "root-container" on "StatefulSet/claw" gives no reason; say why the rule cannot be kept there',
      ],
    ]);
  });

  test("a setting of another kind ends the preview, one that there is not is a fault", async () => {
    const wrong = await policed(project, { "leaf-lifetime": { maxHours: "long" } });
    assert.notEqual(wrong.code, 0);
    assert.match(wrong.stdout + wrong.stderr, /leaf-lifetime: maxHours: Invalid type/);
    const { findings } = await policed(project, { "leaf-lifetime": { maxDays: 1 } });
    const settings = findings.filter(({ resource }) => resource === "rendered-chart-test");
    assert.deepEqual(settings.map(line), [
      'mandatory leaf-lifetime rendered-chart-test: there is no setting "maxDays"; use one of "maxHours"',
    ]);
  });
});

describe("our own stacks", () => {
  for (const stack of ["staging", "production"]) {
    test(`${stack}: nothing but what its exceptions say`, async () => {
      const project = await Project.open(repository, stack);
      try {
        copyFileSync(join(repository, "stacks", `Pulumi.${stack}.yaml`), project.state.stackConfig(stack));
        // Those of production are in the cluster.
        for (const key of stack === "staging" ? ["clientSecret", "openaiApiKey"] : [])
          await project.must(["config", "set", "--secret", key, "for the preview alone"]);
        // What a company must set besides: its images, by digest.
        const images = IMAGE_KEYS.flatMap((key) => [
          "--plaintext",
          `images.${key}=registry.example.com/${key.toLowerCase()}@sha256:${"01234567".repeat(8)}`,
        ]);
        if (stack === "production") await project.must(["config", "set-all", "--path", ...images]);
        const { code, findings, stdout, stderr } = await policed(project, configOf(stack));
        assert.deepEqual(findings.map(line), []);
        assert.equal(code, 0, `${stdout}\n${stderr}`);
      } finally {
        project.remove();
      }
    });
  }

  test("laptop: nothing but what its exceptions say, without an engine of Docker", async () => {
    const settings = parse(readFileSync(join(repository, "Pulumi.yaml"), "utf8")).config as Record<
      string,
      { default: string }
    >;
    const value = (key: string) => settings[key]?.default as string;
    const resources = await record(() =>
      laptop({
        ...{ publicUrl: value("publicUrl"), addresses: value("addresses"), instance: value("instance") },
        ...{ login: value("login"), certificates: {}, roles: {}, demo: {}, images: {} },
      }),
    );
    const { accepted } = configOf("laptop").exceptions;
    const all = resources.map(({ type, name, inputs }): Resource => {
      // The mock's id of an image is too short to be one.
      const image = `${inputs.image}`.startsWith("sha256:") ? { image: `sha256:${"0".repeat(64)}` } : {};
      return {
        ...{ type, name, props: { ...inputs, ...image } },
        urn: `urn:pulumi:laptop::zero-trust-openclaw::${type}::${name}`,
      };
    });
    const found = (exceptions: unknown) => ask(RULES, all, exceptions, "2020-01-01");
    assert.deepEqual(
      found(accepted).map(({ rule, resource, message }) => `${rule.id} ${resource.name}: ${message}`),
      [],
    );
    const broken = new Set(found([]).map(({ rule }) => rule.id));
    assert.deepEqual([...broken].sort(), [...new Set(accepted.map(({ rule }) => rule))].sort());
  });
});
