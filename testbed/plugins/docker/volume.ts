/** `Volume`. Cluster volumes need a swarm and are left out. */

import type { VolumeArgs } from "@pulumi/docker";
import type { Unwrap } from "@pulumi/pulumi";
import type Docker from "dockerode";
import type { Resource } from "../resource";
import { allReplace, map, set, text } from "../schema";
import { engine, engineMessage, labelList, labelMap, orMissing, whileInUse } from "./engine";

type Inputs = Omit<Unwrap<VolumeArgs>, "cluster">;
type State = Inputs & { mountpoint?: string };

const REMOVAL = { seconds: 30, everyMs: 500 };

export const volume: Resource<Inputs, State> = {
  spec: {
    autoname: true,
    inputs: allReplace({
      driver: text({ computed: true }),
      driverOpts: map(),
      labels: set({ fields: { label: text({ required: true }), value: text({ required: true }) } }),
      name: text({ computed: true }),
    }),
    outputs: { mountpoint: text() },
  },
  async create({ name, driver, driverOpts, labels }) {
    try {
      await engine().createVolume({
        ...(name && { Name: name }),
        ...(driver && { Driver: driver }),
        DriverOpts: driverOpts ?? {},
        Labels: labelMap(labels),
      });
    } catch (error) {
      throw new Error(`Unable to create volume: ${engineMessage(error)}`);
    }
    return {
      id: name ?? "",
      state: describe(
        await engine()
          .getVolume(name ?? "")
          .inspect(),
      ),
    };
  },
  async read(id) {
    const info = await orMissing(engine().getVolume(id).inspect());
    return info && describe(info);
  },
  async delete(id, _state, { signal }) {
    const remove = () => orMissing(engine().getVolume(id).remove({ force: true }));
    await whileInUse(/volume is in use/, { ...REMOVAL, signal }, remove);
  },
};

function describe(info: Docker.VolumeInspectInfo): State {
  return {
    name: info.Name,
    driver: info.Driver,
    driverOpts: info.Options ?? undefined,
    labels: labelList(info.Labels),
    mountpoint: info.Mountpoint,
  };
}
