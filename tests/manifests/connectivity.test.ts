import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import fc from "fast-check";
import { clusterPerimeters, manifestsOf } from "../support/cluster-perimeters";
import type { Manifest } from "../support/manifests";
import { declared, matrix, PUBLIC_MEANS } from "../support/matrix";
import { type Peer, type PolicySpec, permitted, permittedBy, type Rule, type Side } from "./analyzer";
import { PRESETS, type Preset, type PresetName, presets } from "./presets";

const HEADER = [
  "# Who may talk to whom, as netpol-analyzer reads our policies. To write it anew: UPDATE_GOLDEN=1 make test-manifests",
  `# ${PUBLIC_MEANS}`,
];
const ANYWHERE = { cidr: "0.0.0.0/0" };
const SIDES: Side[] = ["Ingress", "Egress"];

describe("connectivity", () => {
  let made: Record<PresetName, Preset>;
  before(async () => {
    made = await presets();
  });

  for (const name of PRESETS) {
    test(`${name}: exactly what its perimeter declares, and what golden/${name}.txt says`, async () => {
      const { perimeter, objects, entrance } = made[name];
      const found = matrix(await permitted(objects));
      assert.deepEqual(found, matrix(declared(perimeter, entrance)));
      const file = join(__dirname, "golden", `${name}.txt`);
      if (process.env.UPDATE_GOLDEN) writeFileSync(file, `${[...HEADER, ...found].join("\n")}\n`);
      assert.deepEqual([...HEADER, ...found], readFileSync(file, "utf8").trim().split("\n"));
    });

    test(`${name}: the same by the policies of either side alone`, async () => {
      const { objects } = made[name];
      for (const side of SIDES)
        assert.deepEqual(matrix(await permittedBy(side, objects)), expectedOf(side, made[name]));
    });

    test(`${name}: a pod in quarantine has no connection left`, async () => {
      const { objects } = made[name];
      for (const victim of objects.filter(({ metadata }) => metadata.name === "guard").filter(isPodSet)) {
        const found = await permitted(objects.map((object) => (object === victim ? quarantined(object) : object)));
        assert.deepEqual(
          matrix(found),
          matrix((await permitted(objects)).filter(({ from, to }) => from !== "guard" && to !== "guard")),
        );
      }
    });
  }

  test("no policy may be missing or wider, on either side", async () => {
    const { objects } = made.staging;
    const policies = objects.filter(({ kind }) => kind === "NetworkPolicy");
    assert.ok(policies.length > 15);
    for (const policy of policies) {
      const { policyTypes } = policy.spec as PolicySpec;
      const tries = breakages(policy).flatMap(([what, broken]) => policyTypes.map((side) => ({ what, broken, side })));
      const noticed = tries.map(async ({ what, broken, side }) => {
        const changed = objects.flatMap((object) => (object !== policy ? [object] : broken ? [broken] : []));
        const found = matrix(await permittedBy(side, changed));
        const where = `${policy.metadata.namespace}/${policy.metadata.name}`;
        assert.notDeepEqual(found, expectedOf(side, made.staging), `${where}: ${what} goes unnoticed`);
      });
      await Promise.all(noticed);
    }
  });

  test("exactly what is declared, for any perimeter", async () => {
    await fc.assert(
      fc.asyncProperty(clusterPerimeters(), async (perimeter) => {
        assert.deepEqual(matrix(await permitted(manifestsOf(perimeter))), matrix(declared(perimeter)));
      }),
      { numRuns: 30 },
    );
  });
});

/** What one side has a say in: connections to a pod of ours, or from one. */
function expectedOf(side: Side, { perimeter, entrance }: Preset): string[] {
  const run = perimeter.workloads.filter(({ addresses }) => !addresses).map(({ name }) => name);
  return matrix(declared(perimeter, entrance).filter(({ from, to }) => run.includes(side === "Ingress" ? to : from)));
}

function isPodSet({ kind }: Manifest): boolean {
  return kind === "Deployment" || kind === "StatefulSet";
}

function quarantined(object: Manifest): Manifest {
  const copy = structuredClone(object);
  const { template } = copy.spec as { template: { metadata: { labels: Record<string, string> } } };
  template.metadata.labels["zero-trust-openclaw/quarantine"] = "true";
  return copy;
}

/** A policy gone, and wider in every way there is. */
function breakages(policy: Manifest): [string, Manifest | undefined][] {
  const changed = (change: (rule: Rule, peers: Peer[]) => void): Manifest => {
    const copy = structuredClone(policy);
    for (const rule of rulesOf(copy)) change(rule, peersOf(rule));
    return copy;
  };
  const peers = rulesOf(policy).flatMap(peersOf);
  const broken: [string, Manifest | undefined, boolean][] = [
    ["taken away", undefined, true],
    ["one port more", changed(({ ports }) => ports.push({ protocol: "TCP", port: 8444 })), peers.length > 0],
    ["any pod", changed((_, own) => open(own, "podSelector")), peers.some(({ podSelector }) => podSelector)],
    [
      "any namespace",
      changed((_, own) => open(own, "namespaceSelector")),
      peers.some((peer) => peer.namespaceSelector),
    ],
    ["more addresses", changed((_, own) => own.push({ ipBlock: { cidr: "8.0.0.0/6" } })), !peers.some(isAnyAddress)],
    ["private addresses", changed((_, own) => open(own, "ipBlock")), peers.some(({ ipBlock }) => ipBlock?.except)],
  ];
  return broken.flatMap(([what, one, applies]) => (applies && (!one || peers.length > 0) ? [[what, one]] : []));
}

function rulesOf({ spec }: Manifest): Rule[] {
  const { ingress = [], egress = [] } = spec as PolicySpec;
  return [...ingress, ...egress];
}

function peersOf({ from = [], to = [] }: Rule): Peer[] {
  return from.length > 0 ? from : to;
}

function isAnyAddress({ ipBlock }: Peer): boolean {
  return ipBlock?.cidr === "0.0.0.0/0";
}

function open(peers: Peer[], what: "podSelector" | "namespaceSelector" | "ipBlock"): void {
  for (const peer of peers) if (peer[what]) Object.assign(peer, { [what]: what === "ipBlock" ? ANYWHERE : {} });
}
