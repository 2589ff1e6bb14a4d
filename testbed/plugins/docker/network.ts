/** `Network`. */

import type { NetworkArgs } from "@pulumi/docker";
import type { Unwrap } from "@pulumi/pulumi";
import type Docker from "dockerode";
import type { Resource } from "../resource";
import { allReplace, flag, map, set, text } from "../schema";
import { engine, engineMessage, labelList, labelMap, orMissing, whileInUse } from "./engine";

type Inputs = Unwrap<NetworkArgs>;
type State = Inputs & { scope?: string };

const REMOVAL = { seconds: 30, everyMs: 500 };

export const network: Resource<Inputs, State> = {
  spec: {
    autoname: true,
    inputs: allReplace({
      attachable: flag(),
      driver: text({ computed: true }),
      ingress: flag(),
      internal: flag({ computed: true }),
      ipamConfigs: set({
        computed: true,
        fields: { auxAddress: map(), gateway: text(), ipRange: text(), subnet: text() },
      }),
      ipamDriver: text({ default: "default" }),
      ipamOptions: map(),
      ipv6: flag(),
      labels: set({ fields: { label: text({ required: true }), value: text({ required: true }) } }),
      name: text({ required: true }),
      options: map({ computed: true }),
    }),
    outputs: { scope: text() },
  },
  async create(inputs) {
    const created = await engine()
      .createNetwork(createOptions(inputs))
      .catch((error) => {
        throw new Error(`Unable to create network: ${engineMessage(error)}`);
      });
    return { id: created.id, state: describe(await created.inspect()) };
  },
  async read(id) {
    const info = await orMissing(engine().getNetwork(id).inspect());
    return info && describe(info);
  },
  async delete(id, _state, { signal }) {
    await whileInUse(/has active endpoints/, { ...REMOVAL, signal }, () => orMissing(engine().getNetwork(id).remove()));
  },
};

function createOptions(inputs: Inputs): Docker.NetworkCreateOptions {
  const configs = inputs.ipamConfigs?.map(({ subnet, ipRange, gateway, auxAddress }) => ({
    ...(subnet && { Subnet: subnet }),
    ...(ipRange && { IPRange: ipRange }),
    ...(gateway && { Gateway: gateway }),
    ...(auxAddress && { AuxiliaryAddresses: auxAddress }),
  }));
  return {
    Name: inputs.name ?? "",
    // Older engines allow two networks of one name unless told otherwise, and then take either.
    CheckDuplicate: true,
    ...(inputs.driver && { Driver: inputs.driver }),
    Internal: inputs.internal ?? false,
    Attachable: inputs.attachable ?? false,
    Ingress: inputs.ingress ?? false,
    EnableIPv6: inputs.ipv6 ?? false,
    Options: inputs.options ?? {},
    Labels: labelMap(inputs.labels),
    IPAM: {
      Driver: inputs.ipamDriver ?? "default",
      Options: inputs.ipamOptions ?? {},
      ...(configs && { Config: configs as never }),
    },
  };
}

function describe(info: Docker.NetworkInspectInfo): State {
  const configs = (info.IPAM?.Config ?? []) as unknown as Record<string, string | Record<string, string>>[];
  return {
    name: info.Name,
    driver: info.Driver,
    internal: info.Internal,
    attachable: info.Attachable,
    ingress: info.Ingress,
    ipv6: info.EnableIPv6,
    scope: info.Scope,
    options: info.Options ?? {},
    labels: labelList(info.Labels),
    ipamDriver: info.IPAM?.Driver ?? "default",
    ipamOptions: info.IPAM?.Options ?? undefined,
    ipamConfigs: configs.map(({ Subnet, IPRange, Gateway, AuxiliaryAddresses }) => ({
      ...(Subnet && { subnet: Subnet as string }),
      ...(IPRange && { ipRange: IPRange as string }),
      ...(Gateway && { gateway: Gateway as string }),
      ...(AuxiliaryAddresses && { auxAddress: AuxiliaryAddresses as Record<string, string> }),
    })),
  };
}
