import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { inFolder, type Manifest } from "../support/manifests";
import { ACCEPTED, type Accepted } from "./accepted";
import { PRESETS, type Preset, type PresetName, presets } from "./presets";

/** What a finding is about, without the number of containers it is found in. */
interface Finding {
  check: string;
  kind: string;
  name: string;
  says: string[];
}

const CLUSTER_VERSION = "v1.36";
/** The optional ones that ask for nothing we do not want. */
const MORE = ["container-seccomp-profile", "container-ports-check"];
const GOOD = 10;

describe("kube-score", () => {
  let found: Record<PresetName, Finding[]>;
  let made: Record<PresetName, Preset>;
  before(async () => {
    made = await presets();
    const all = PRESETS.map(async (name) => [name, await findings(made[name].objects)] as const);
    found = Object.fromEntries(await Promise.all(all)) as typeof found;
  });

  for (const name of PRESETS) {
    test(`${name}: nothing but what is accepted`, () => {
      assert.deepEqual(
        found[name].filter((finding) => !ACCEPTED.some((one) => covers(one, finding))),
        [],
      );
    });
  }

  test("what is accepted is still found", () => {
    const all = PRESETS.flatMap((name) => found[name]);
    for (const one of ACCEPTED)
      for (const kind of one.kinds)
        for (const name of one.names ?? [undefined])
          assert.ok(
            all.some(
              (finding) => finding.kind === kind && covers(one, finding) && (name ?? finding.name) === finding.name,
            ),
            `${one.check} is not found in any ${kind}${name ? ` "${name}"` : ""} any more; remove it from accepted.ts`,
          );
  });

  test("looks at every pod, and notices one that is less hardened", async () => {
    const soft = made.demo.objects.map((object) => {
      if (object.metadata.name !== "edge" || object.kind !== "Deployment") return object;
      return JSON.parse(
        JSON.stringify(object).replaceAll('"readOnlyRootFilesystem":true', '"readOnlyRootFilesystem":false'),
      );
    });
    const noticed = (await findings(soft)).map(({ check, name }) => `${check} ${name}`);
    assert.ok(noticed.includes("container-security-context-readonlyrootfilesystem edge"));
  });
});

function covers({ check, kinds, names }: Accepted, finding: Finding): boolean {
  return check === finding.check && kinds.includes(finding.kind) && (names?.includes(finding.name) ?? true);
}

interface Scored {
  type_meta: { kind: string };
  object_meta: { name: string };
  checks: { check: { id: string }; grade: number; skipped: boolean; comments?: { path: string; summary: string }[] }[];
}

async function findings(objects: readonly Manifest[]): Promise<Finding[]> {
  const scored = await inFolder(objects, async (folder) => {
    const args = ["score", "--output-format", "json", "--kubernetes-version", CLUSTER_VERSION];
    const more = MORE.flatMap((name) => ["--enable-optional-test", name]);
    return json<Scored[]>([...args, ...more, ...readdirSync(folder).map((file) => join(folder, file))]);
  });
  return scored.flatMap(({ type_meta, object_meta, checks }) =>
    checks
      .filter(({ grade, skipped }) => !skipped && grade < GOOD)
      .map(({ check, comments }) => ({
        check: check.id,
        kind: type_meta.kind,
        name: object_meta.name,
        says: [...new Set((comments ?? []).map(({ path, summary }) => `${path} ${summary}`.trim()))],
      })),
  );
}

/** It ends with 1 when it finds anything. */
function json<T>(args: string[]): Promise<T> {
  return new Promise((resolve, reject) => {
    execFile(process.env.KUBE_SCORE ?? "kube-score", args, { maxBuffer: 2 ** 26 }, (error, stdout) => {
      if (error && stdout === "") reject(error);
      else resolve(JSON.parse(stdout) as T);
    });
  });
}
