/** Serves the plugin to the Pulumi engine. */
import type * as grpc from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Naming } from "../check";
import { checkResponse, EngineLog, fromStruct, initFailed, propertyDiff, toStruct } from "../messages";
import { serve, unary } from "../serve";
import { hasUnknown, type Properties, redact, secretTexts } from "../values";
import { checkConfiguration, diffConfiguration, readSettings } from "./configuration";
import { connect } from "./connection";
import { kindOfType } from "./kinds";
import { type Call, Incomplete, Provider } from "./provider";

export function serveKubernetes(version: string): void {
  serve(ResourceProviderService, new Host(version).handlers());
}

const { DIFF_NONE, DIFF_SOME } = rpc.DiffResponse.DiffChanges;

class Host {
  readonly #cancelled = new AbortController();
  readonly #log = new EngineLog();
  #provider: Provider | undefined;

  constructor(readonly version: string) {}

  handlers(): grpc.UntypedServiceImplementation {
    return {
      handshake: unary(() =>
        new rpc.ProviderHandshakeResponse().setAcceptSecrets(true).setSupportsAutonamingConfiguration(true),
      ),
      getPluginInfo: unary(() => new PluginInfo().setVersion(this.version)),
      // Enough for the engine to know what it talks to; programs bring their own types.
      getSchema: unary(() => {
        const schema = { name: "kubernetes", version: this.version, resources: {} };
        return new rpc.GetSchemaResponse().setSchema(JSON.stringify(schema));
      }),
      checkConfig: unary((request: rpc.CheckRequest) => {
        const news = fromStruct(request.getNews());
        return checkResponse(news, checkConfiguration(news));
      }),
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

  #refuseFunction(token: string): never {
    throw new Error(`this stand-in for kubernetes has no function ${token}; use the official plugin`);
  }

  #diffConfiguration(request: rpc.DiffRequest): rpc.DiffResponse {
    const { changed, replaces } = diffConfiguration(fromStruct(request.getOlds()), fromStruct(request.getNews()));
    return new rpc.DiffResponse()
      .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
      .setDiffsList([...changed])
      .setReplacesList([...replaces]);
  }

  async #configure(request: rpc.ConfigureRequest): Promise<rpc.ConfigureResponse> {
    const prefix = "kubernetes:config:";
    const pairs = request.getVariablesMap().toArray() as [string, string][];
    const settings = readSettings(new Map(pairs.map(([key, value]) => [key.replace(prefix, ""), value])));
    // In a preview a value may come from a resource that does not exist yet. There is nothing to connect to then.
    const connection = hasUnknown(fromStruct(request.getArgs()))
      ? { unreachable: "the provider's configuration is not known yet", defaultNamespace: "default" }
      : await connect(settings);
    this.#provider = new Provider(settings, connection);
    return new rpc.ConfigureResponse()
      .setAcceptsecrets(true)
      .setSupportspreview(true)
      .setSupportsAutonamingConfiguration(true);
  }

  get #configured(): Provider {
    if (this.#provider === undefined) throw new Error("the kubernetes provider is not configured yet");
    return this.#provider;
  }

  async #check(request: rpc.CheckRequest): Promise<rpc.CheckResponse> {
    const rule = request.getAutonaming();
    const naming: Naming = {
      logicalName: request.getName() || request.getUrn().split("::").slice(3).join("::"),
      seed: request.getRandomseed_asU8(),
      ...(rule && {
        rule: { mode: (["propose", "enforce", "disable"] as const)[rule.getMode()], proposed: rule.getProposedName() },
      }),
    };
    const olds = request.hasOlds() ? fromStruct(request.getOlds()) : undefined;
    const news = fromStruct(request.getNews());
    const check = (call: Call) => this.#configured.check(news, olds, naming, call);
    const { inputs, failures } = await this.#run(request, [news], check);
    return checkResponse(inputs, failures);
  }

  async #diff(request: rpc.DiffRequest): Promise<rpc.DiffResponse> {
    const [state, news] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
    const diff = () => this.#configured.diff(state, news, request.getIgnorechangesList());
    const { changes, replaces, deleteBeforeReplace } = await this.#run(request, [state, news], diff);
    const { renderYamlToDirectory, alwaysRender } = this.#configured.settings;
    const always = renderYamlToDirectory !== undefined && alwaysRender;
    const response = new rpc.DiffResponse()
      .setChanges(changes.size > 0 || always ? DIFF_SOME : DIFF_NONE)
      .setReplacesList([...replaces])
      .setDeletebeforereplace(deleteBeforeReplace)
      .setHasdetaileddiff(true);
    for (const [path, change] of changes) response.getDetaileddiffMap().set(path, propertyDiff(change));
    return response;
  }

  async #create(request: rpc.CreateRequest): Promise<rpc.CreateResponse> {
    const inputs = fromStruct(request.getProperties());
    const create = (call: Call) => this.#configured.create(inputs, request.getPreview(), call);
    const { id, state } = await this.#run(request, [inputs], create);
    return new rpc.CreateResponse().setId(id).setProperties(toStruct(state));
  }

  async #read(request: rpc.ReadRequest): Promise<rpc.ReadResponse> {
    const [state, inputs] = [fromStruct(request.getProperties()), fromStruct(request.getInputs())];
    const read = (call: Call) => this.#configured.read(request.getId(), state, inputs, call);
    const found = await this.#run(request, [state, inputs], read);
    if (found === undefined) return new rpc.ReadResponse();
    return new rpc.ReadResponse()
      .setId(found.id)
      .setProperties(toStruct(found.state))
      .setInputs(toStruct(found.inputs));
  }

  async #update(request: rpc.UpdateRequest): Promise<rpc.UpdateResponse> {
    const [state, news] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
    const update = (call: Call) =>
      this.#configured.update(state, news, request.getIgnorechangesList(), request.getPreview(), call);
    return new rpc.UpdateResponse().setProperties(toStruct(await this.#run(request, [state, news], update)));
  }

  async #delete(request: rpc.DeleteRequest): Promise<Empty> {
    const state = fromStruct(request.getProperties());
    await this.#run(request, [state], (call) => this.#configured.delete(request.getId(), state, call));
    return new Empty();
  }

  /** Runs one operation. No message leaves with a secret in it. */
  async #run<Result>(
    request: { getUrn(): string; getTimeout?(): number },
    properties: readonly Properties[],
    operation: (call: Call) => Promise<Result>,
  ): Promise<Result> {
    const urn = request.getUrn();
    const secrets = properties.flatMap((values) => secretTexts(values));
    const call: Call = {
      // urn:pulumi:<stack>::<project>::<type of the parent>$<type>::<name>
      kind: kindOfType(urn.split("::")[2]?.split("$").at(-1) ?? ""),
      urn,
      seconds: request.getTimeout?.() ?? 0,
      cancelled: this.#cancelled.signal,
      warn: (message) => this.#log.warn(urn, redact(message, secrets)),
      status: (message) => this.#log.status(urn, redact(message, secrets)),
    };
    try {
      return await operation(call);
    } catch (error) {
      const message = redact((error as Error).message, secrets);
      if (!(error instanceof Incomplete)) throw new Error(message);
      const more = error.reasons.map((reason) => redact(reason, secrets));
      throw initFailed(error.id, error.state, message, { more, ...(error.inputs && { inputs: error.inputs }) });
    }
  }
}
