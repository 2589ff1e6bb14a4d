/**
 * Serves a {@link Plugin} to the Pulumi engine. It speaks the raw provider protocol: the SDK's own helper drops secret marks and never lets a
 * plugin see a preview.
 */
import type * as grpc from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { checkInputs, type Naming } from "./check";
import { type Change, deletesBeforeReplace, diffProperties } from "./diff";
import { checkResponse, ENGINE_KEYS, EngineLog, fromStruct, initFailed, propertyDiff, toStruct } from "./messages";
import { type Call, PartlyCreated, type Plugin, type Resource } from "./resource";
import type { ResourceSpec } from "./schema";
import { serve, unary } from "./serve";
import {
  leakingProperties,
  plain,
  previewedState,
  recordedState,
  refreshedInputs,
  TAINTED_KEY,
  updatedState,
  withSecrets,
} from "./state";
import { hasUnknown, type Properties, redact, secretTexts } from "./values";

const DEFAULT_TIMEOUT_SECONDS = 20 * 60;

/** Serves the plugin to the engine whose address is the last argument of this process. */
export function serveProvider(plugin: Plugin): void {
  serve(ResourceProviderService, new ProviderHost(plugin).handlers());
}

class ProviderHost {
  readonly #cancelled = new AbortController();
  readonly #log = new EngineLog();

  constructor(readonly plugin: Plugin) {}

  handlers(): grpc.UntypedServiceImplementation {
    return {
      handshake: unary(() => this.#handshake()),
      getPluginInfo: unary(() => new PluginInfo().setVersion(this.plugin.version)),
      getSchema: unary(() => this.#schema()),
      checkConfig: unary((request: rpc.CheckRequest) => this.#checkConfiguration(request)),
      diffConfig: unary((request: rpc.DiffRequest) => this.#diffConfiguration(request)),
      configure: unary((request: rpc.ConfigureRequest) => this.#configure(request)),
      invoke: unary((request: rpc.InvokeRequest) => this.#refuseFunction(request.getTok())),
      call: unary((request: rpc.CallRequest) => this.#refuseFunction(request.getTok())),
      check: unary((request: rpc.CheckRequest) => this.#check(request)),
      diff: unary((request: rpc.DiffRequest) => this.#diff(request)),
      create: unary((request: rpc.CreateRequest) => this.#create(request)),
      read: unary((request: rpc.ReadRequest) => this.#read(request)),
      update: unary((request: rpc.UpdateRequest) => this.#update(request)),
      delete: unary((request: rpc.DeleteRequest) => this.#delete(request)),
      cancel: unary(() => {
        this.#cancelled.abort(new Error("cancelled"));
        return new Empty();
      }),
    };
  }

  #handshake(): rpc.ProviderHandshakeResponse {
    return new rpc.ProviderHandshakeResponse().setAcceptSecrets(true).setSupportsAutonamingConfiguration(true);
  }

  /** Enough for the engine to know what it talks to; programs bring their own types. */
  #schema(): rpc.GetSchemaResponse {
    const resources = Object.fromEntries(Object.keys(this.plugin.resources).map((type) => [type, {}]));
    const schema = { name: this.plugin.name, version: this.plugin.version, resources };
    return new rpc.GetSchemaResponse().setSchema(JSON.stringify(schema));
  }

  #configurationSpec(): ResourceSpec {
    return { inputs: this.plugin.configuration, outputs: {} };
  }

  #checkConfiguration(request: rpc.CheckRequest): rpc.CheckResponse {
    const news = fromStruct(request.getNews());
    const own = Object.fromEntries(Object.entries(news).filter(([key]) => !ENGINE_KEYS.has(key)));
    const { failures } = checkInputs(this.#configurationSpec(), own, undefined, {
      logicalName: "",
      seed: new Uint8Array(),
    });
    return checkResponse(news, failures);
  }

  #diffConfiguration(request: rpc.DiffRequest): rpc.DiffResponse {
    const changes = diffProperties(
      this.#configurationSpec(),
      fromStruct(request.getOlds()),
      fromStruct(request.getNews()),
    );
    return diffResponse(changes, false);
  }

  async #configure(request: rpc.ConfigureRequest): Promise<rpc.ConfigureResponse> {
    const configuration = fromStruct(request.getArgs());
    // In a preview a value may come from a resource that does not exist yet. There is nothing to connect to then.
    if (!hasUnknown(configuration)) await this.plugin.configure?.(plain(configuration));
    return new rpc.ConfigureResponse()
      .setAcceptsecrets(true)
      .setSupportspreview(true)
      .setSupportsAutonamingConfiguration(true);
  }

  #refuseFunction(token: string): never {
    throw new Error(`this stand-in for ${this.plugin.name} has no function ${token}; use the official plugin`);
  }

  #check(request: rpc.CheckRequest): rpc.CheckResponse {
    const { spec } = this.#resource(request.getUrn());
    const rule = request.getAutonaming();
    const naming: Naming = {
      logicalName: request.getName() || request.getUrn().split("::").slice(3).join("::"),
      seed: request.getRandomseed_asU8(),
      ...(rule && {
        rule: { mode: (["propose", "enforce", "disable"] as const)[rule.getMode()], proposed: rule.getProposedName() },
      }),
    };
    const olds = request.hasOlds() ? fromStruct(request.getOlds()) : undefined;
    const { inputs, failures } = checkInputs(spec, fromStruct(request.getNews()), olds, naming);
    return checkResponse(inputs, failures);
  }

  #diff(request: rpc.DiffRequest): rpc.DiffResponse {
    const resource = this.#resource(request.getUrn());
    const state = fromStruct(request.getOlds());
    const news = fromStruct(request.getNews());
    const changes = diffProperties(resource.spec, state, news, request.getIgnorechangesList());
    for (const [path, change] of resource.due?.(plain(state), plain(news)) ?? []) changes.set(path, change);
    if (state[TAINTED_KEY]) changes.set(TAINTED_KEY, { kind: "delete", replaces: true });
    return diffResponse(changes, deletesBeforeReplace(resource.spec, state, news));
  }

  async #create(request: rpc.CreateRequest): Promise<rpc.CreateResponse> {
    const resource = this.#resource(request.getUrn());
    const inputs = fromStruct(request.getProperties());
    if (request.getPreview()) {
      return new rpc.CreateResponse().setProperties(toStruct(previewedState(resource.spec, inputs)));
    }
    const created = await this.#run(request, resource, [inputs], (call) => resource.create(plain(inputs), call));
    const state = recordedState(resource.spec, { ...plain(inputs), ...created.state }, inputs);
    return new rpc.CreateResponse()
      .setId(created.id)
      .setProperties(toStruct(this.#withoutLeaks(request.getUrn(), inputs, state)));
  }

  /** A container may print what it was told. The official plugin records that in plain text, so it is worth more than hiding it. */
  #withoutLeaks(urn: string, inputs: Properties, state: Properties): Properties {
    const leaks = leakingProperties(state, secretTexts(inputs));
    if (leaks.length > 0) {
      const message = `${leaks.join(", ")} contains a secret input. Made secret here; the official plugin would record it in plain text.`;
      this.#log.warn(urn, message);
    }
    return withSecrets(state, leaks);
  }

  async #read(request: rpc.ReadRequest): Promise<rpc.ReadResponse> {
    const resource = this.#resource(request.getUrn());
    const [state, inputs] = [fromStruct(request.getProperties()), fromStruct(request.getInputs())];
    const read = (call: Call) => resource.read?.(request.getId(), plain(state), call) ?? Promise.resolve(plain(state));
    const current = await this.#run(request, resource, [state, inputs], read);
    if (current === undefined) return new rpc.ReadResponse();
    const recorded = recordedState(resource.spec, current, state, inputs);
    return new rpc.ReadResponse()
      .setId(request.getId())
      .setProperties(toStruct(recorded))
      .setInputs(toStruct(refreshedInputs(resource.spec, inputs, recorded)));
  }

  async #update(request: rpc.UpdateRequest): Promise<rpc.UpdateResponse> {
    const resource = this.#resource(request.getUrn());
    const [state, inputs] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
    const planned = updatedState(resource.spec, state, inputs);
    if (request.getPreview()) return new rpc.UpdateResponse().setProperties(toStruct(planned));
    const update = (call: Call) =>
      resource.update?.(request.getId(), plain(state), plain(inputs), call) ?? Promise.resolve({});
    const updated = await this.#run(request, resource, [state, inputs], update);
    const recorded = recordedState(resource.spec, { ...plain(planned), ...updated }, inputs, state);
    return new rpc.UpdateResponse().setProperties(toStruct(recorded));
  }

  async #delete(request: rpc.DeleteRequest): Promise<Empty> {
    const resource = this.#resource(request.getUrn());
    const state = fromStruct(request.getProperties());
    await this.#run(request, resource, [state], async (call) => resource.delete?.(request.getId(), plain(state), call));
    return new Empty();
  }

  #resource(urn: string): Resource {
    // urn:pulumi:<stack>::<project>::<type of the parent>$<type>::<name>
    const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
    const resource = this.plugin.resources[type];
    if (resource) return resource;
    const known = Object.keys(this.plugin.resources).sort().join(", ");
    throw new Error(
      `this stand-in for ${this.plugin.name} does not know ${type}; it knows ${known}. Use the official plugin for the rest.`,
    );
  }

  /** Runs one operation with its time limit. No message leaves with a secret in it. */
  async #run<Result>(
    request: { getUrn(): string; getTimeout?(): number },
    resource: Resource,
    properties: readonly Properties[],
    operation: (call: Call) => Promise<Result>,
  ): Promise<Result> {
    const seconds = request.getTimeout?.() || resource.timeoutSeconds || DEFAULT_TIMEOUT_SECONDS;
    const secrets = properties.flatMap((values) => secretTexts(values));
    const call: Call = {
      signal: AbortSignal.any([this.#cancelled.signal, AbortSignal.timeout(seconds * 1000)]),
      warn: (message) => this.#log.warn(request.getUrn(), redact(message, secrets)),
    };
    try {
      return await operation(call);
    } catch (error) {
      const ending = this.#cancelled.signal.aborted
        ? " (cancelled)"
        : call.signal.aborted
          ? ` (gave up after ${seconds} s)`
          : "";
      const message = redact((error as Error).message, secrets) + ending;
      if (!(error instanceof PartlyCreated)) throw new Error(message);
      const state = recordedState(resource.spec, { ...error.state, [TAINTED_KEY]: true }, ...properties);
      throw initFailed(error.id, state, message);
    }
  }
}

function diffResponse(changes: ReadonlyMap<string, Change>, deleteBeforeReplace: boolean): rpc.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = rpc.DiffResponse.DiffChanges;
  const replaces = [...changes].filter(([, change]) => change.replaces).map(([path]) => path);
  const response = new rpc.DiffResponse()
    .setChanges(changes.size > 0 ? DIFF_SOME : DIFF_NONE)
    .setDiffsList([...new Set([...changes.keys()].map(topLevel))])
    .setReplacesList([...new Set(replaces.map(topLevel))])
    .setDeletebeforereplace(replaces.length > 0 && deleteBeforeReplace)
    .setHasdetaileddiff(true);
  for (const [path, change] of changes) {
    response.getDetaileddiffMap().set(path, propertyDiff(change));
  }
  return response;
}

function topLevel(path: string): string {
  return path.replace(/[.[].*$/, "");
}
