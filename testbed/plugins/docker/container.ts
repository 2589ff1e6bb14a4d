/** `Container`: created, connected, filled, started and watched in the order of the official plugin. */
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { same } from "../diff";
import { type Call, PartlyCreated, type Resource } from "../resource";
import type { Value } from "../values";
import { createOptions, resourceOptions } from "./container-options";
import {
  CHANGED_IN_PLACE,
  CHANGED_WITHOUT_EFFECT,
  CONTAINER_SPEC,
  type ContainerInputs,
  type ContainerState,
} from "./container-schema";
import { describeContainer } from "./container-state";
import { engine, engineMessage, orMissing, whileInUse } from "./engine";
import { plainLog } from "./logs";
import { findImage } from "./remote-image";
import { uploadArchive } from "./uploads";

const HEALTH_POLL_MS = 250;
const REMOVAL = { seconds: 30, everyMs: 250 };

export const container: Resource<ContainerInputs, ContainerState> = {
  spec: CONTAINER_SPEC,
  async create(inputs, call) {
    await findImage(inputs.image, call);
    const made = await make(inputs);
    try {
      const containerLogs = await bringUp(made, inputs, call);
      const state = { ...inputs, ...(containerLogs !== undefined && { containerLogs }) };
      return { id: made.id, state: describeContainer(state, await made.inspect()) };
    } catch (error) {
      throw new PartlyCreated(engineMessage(error), made.id, inputs);
    }
  },
  async read(id, state) {
    const info = await orMissing(engine().getContainer(id).inspect());
    return info && describeContainer(state, info);
  },
  async update(id, state, inputs, call) {
    const changed = (names: readonly string[]) => names.filter((name) => hasChanged(name, state, inputs));
    if (!state.mustRun && inputs.mustRun && inputs.start) await engine().getContainer(id).start();
    if (changed(CHANGED_IN_PLACE).length > 0) await engine().getContainer(id).update(updateOptions(inputs));
    const idle = changed(CHANGED_WITHOUT_EFFECT);
    if (idle.length > 0)
      call.warn(`${idle.join(", ")}: recorded, but the container keeps what it was created with until it is replaced`);
    return inputs;
  },
  async delete(id, state, { signal }) {
    const old = engine().getContainer(id);
    // Without a grace period the engine kills at once. That is what the official plugin asks for.
    if (!state.attach) await orMissing(old.stop({ t: state.destroyGraceSeconds ?? 0 }).catch(unlessStopped));
    await whileInUse(/already in progress/, { ...REMOVAL, signal }, () =>
      orMissing(old.remove({ force: true, v: state.removeVolumes ?? true })),
    );
  },
};

async function make(inputs: ContainerInputs): Promise<Docker.Container> {
  const { ApiVersion } = await engine().version();
  const { query, body } = createOptions(inputs, Number(ApiVersion));
  try {
    // Said apart: the client would otherwise repeat the whole body, with everything secret in it, in the request's address.
    return await engine().createContainer({ _query: query, _body: body } as Docker.ContainerCreateOptions);
  } catch (error) {
    throw new Error(`Unable to create container: ${engineMessage(error)}`);
  }
}

/** From an empty container to what the program asked for. Returns the logs when it asked for them. */
async function bringUp(made: Docker.Container, inputs: ContainerInputs, call: Call): Promise<string | undefined> {
  if (inputs.networksAdvanced?.length) await connectNetworks(made, inputs.networksAdvanced);
  for (const upload of inputs.uploads ?? []) {
    const archive = await uploadArchive(upload);
    await made.putArchive(archive, { path: "/" }).catch(because("Unable to upload volume content"));
  }
  if (inputs.start) {
    await made.start().catch(because("Unable to start container"));
    if (inputs.wait) await waitUntilHealthy(made, inputs, call);
  }
  return inputs.attach ? waitUntilExit(made, inputs, call) : undefined;
}

/** Before the start, so that the program inside never sees another network. */
async function connectNetworks(
  made: Docker.Container,
  networks: NonNullable<ContainerInputs["networksAdvanced"]>,
): Promise<void> {
  await engine()
    .getNetwork("bridge")
    .disconnect({ Container: made.id })
    .catch((error) => {
      if (!/is not connected to( the)? network "?bridge/.test(engineMessage(error))) {
        throw new Error(`Unable to disconnect the default network: ${engineMessage(error)}`);
      }
    });
  for (const network of networks) {
    await engine()
      .getNetwork(network.name)
      .connect({ Container: made.id, EndpointConfig: endpointOptions(network) as never })
      .catch(because(`Unable to connect to network '${network.name}'`));
  }
}

function endpointOptions(network: NonNullable<ContainerInputs["networksAdvanced"]>[number]): object {
  const { aliases, driverOpts, gwPriority, ipv4Address, ipv6Address, linkLocalIps, macAddress } = network;
  return {
    Aliases: aliases ?? [],
    IPAMConfig: { IPv4Address: ipv4Address ?? "", IPv6Address: ipv6Address ?? "", LinkLocalIPs: linkLocalIps ?? [] },
    ...(macAddress && { MacAddress: macAddress }),
    ...(gwPriority && { GwPriority: gwPriority }),
    ...(driverOpts && { DriverOpts: Object.fromEntries(driverOpts.map((option) => option.split(/=(.*)/s, 2))) }),
  };
}

async function waitUntilHealthy(made: Docker.Container, inputs: ContainerInputs, { signal }: Call): Promise<void> {
  const deadline = Date.now() + (inputs.waitTimeout ?? 60) * 1000;
  for (;;) {
    const { State: state } = await made.inspect();
    if (!state.Health) {
      throw new Error(
        "you have supplied a 'wait' argument, but the container does not have a healthcheck defined. " +
          "Please remove the 'wait' argument or add a 'healthcheck' attribute",
      );
    }
    if (state.Health.Status === "healthy") return;
    // The official plugin waits for the timeout even then; the outcome is the same.
    const over = state.Status === "exited" && inputs.restart === "no";
    if (over || Date.now() >= deadline) throw new Error(`container failed to be in healthy state${lastProbe(state)}`);
    await sleep(HEALTH_POLL_MS, undefined, { signal });
  }
}

/** Codes only: what a probe prints may be secret. */
function lastProbe({ Status, ExitCode, Health }: Docker.ContainerInspectInfo["State"]): string {
  if (Status === "exited") return ` (it has exited with code ${ExitCode})`;
  const probe = Health?.Log?.at(-1);
  return ` (it is ${Health?.Status}${probe ? `, its last probe returned ${probe.ExitCode}` : ""})`;
}

async function waitUntilExit(
  made: Docker.Container,
  inputs: ContainerInputs,
  { signal }: Call,
): Promise<string | undefined> {
  // Asked for before the end: a container that removes itself takes its logs along.
  const logs = inputs.logs ? readLogs(made, inputs.tty ?? false, signal) : undefined;
  await Promise.all([
    made.wait({ abortSignal: signal }).catch(because("Unable to wait container end of execution")),
    logs,
  ]);
  return logs;
}

async function readLogs(made: Docker.Container, tty: boolean, signal: AbortSignal): Promise<string> {
  const stream = await made.logs({ follow: true, stdout: true, stderr: true, abortSignal: signal });
  return plainLog(await buffer(stream), tty);
}

function updateOptions(inputs: ContainerInputs): object {
  return {
    RestartPolicy: { Name: inputs.restart ?? "no", MaximumRetryCount: inputs.maxRetryCount ?? 0 },
    ...resourceOptions(inputs),
  };
}

function hasChanged(name: string, state: ContainerState, inputs: ContainerInputs): boolean {
  const spec = CONTAINER_SPEC.inputs[name];
  const [before, after] = [state, inputs].map((properties) => (properties as Record<string, Value>)[name]);
  if (spec === undefined || (spec.computed && after === undefined)) return false;
  return !same(spec, before, after);
}

function because(what: string): (error: unknown) => never {
  return (error) => {
    throw new Error(`${what}: ${engineMessage(error)}`);
  };
}

/** "Not modified": it was not running. */
function unlessStopped(error: { statusCode?: number }): void {
  if (error.statusCode !== 304) throw error;
}
