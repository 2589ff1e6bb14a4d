import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Snapshot } from "../../lib";
import type { PlannedResource } from "../../review/events";
import { staging } from "../../stacks/staging";
import { manifestComplaints } from "../../testbed/review/manifests";
import { type Manifest, manifests } from "../support/manifests";
import { COMPANY, PARTS } from "./presets";

/** Known to nothing but the snapshot. */
const THEIRS = { namespace: "traefik", labels: { "app.kubernetes.io/name": "traefik" } };

/** What a review says of manifests that a preview would make. */
describe("a review", () => {
  const made = {} as Record<"open" | "narrowed" | "behind a controller", { snapshot: Snapshot; objects: Manifest[] }>;
  before(async () => {
    const ranged = { ...COMPANY.kubernetes, entrance: { from: ["203.0.113.0/24"], except: ["203.0.113.7/32"] } };
    made.open = await deployment(COMPANY);
    made.narrowed = await deployment({ ...COMPANY, kubernetes: ranged });
    made["behind a controller"] = await deployment({
      ...PARTS,
      kubernetes: { ...PARTS.kubernetes, entrance: { ...PARTS.kubernetes.entrance, proxy: THEIRS } },
    });
  });

  for (const name of ["open", "narrowed", "behind a controller"] as const) {
    test(`${name}: finds nothing where policies let through what is declared`, async () => {
      const { snapshot, objects } = made[name];
      assert.deepEqual(await manifestComplaints({ resources: objects.map(planned) }, snapshot), []);
    });

    test(`${name}: finds a way in that no policy opens, and one that nobody declared`, async () => {
      const { snapshot, objects } = made[name];
      const fewer = objects.filter(({ kind, metadata }) => kind !== "NetworkPolicy" || !/internet/.test(metadata.name));
      const closed = await manifestComplaints({ resources: fewer.map(planned) }, snapshot);
      assert.match(closed.join("\n"), /^declared, but not permitted: .* -> edge: TCP \d+$/m);
      const { perimeter } = snapshot;
      const flows = perimeter.flows.filter(({ from, to }) => !(from === "edge" && to === "guard"));
      const narrower = { ...snapshot, perimeter: { ...perimeter, flows } };
      const open = await manifestComplaints({ resources: objects.map(planned) }, narrower);
      assert.match(open.join("\n"), /^permitted, but not declared: edge -> guard: TCP \d+$/m);
    });
  }
});

async function deployment(config: typeof COMPANY): Promise<{ snapshot: Snapshot; objects: Manifest[] }> {
  let snapshot: Snapshot | undefined;
  const objects = await manifests(() => {
    ({ snapshot } = staging(config) as { snapshot: Snapshot });
  });
  return { snapshot: snapshot as unknown as Snapshot, objects };
}

const planned = (object: Manifest): PlannedResource => ({
  ...{ type: `kubernetes:${object.apiVersion}:${object.kind}`, name: object.metadata.name, urn: "" },
  inputs: { ...object },
});
