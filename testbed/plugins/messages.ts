/** What any plugin puts into, and takes out of, the messages of the provider protocol. */
import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Failure } from "./check";
import type { Change } from "./diff";
import { GrpcFailure } from "./serve";
import { decode, encode, type Json, type Properties } from "./values";

/** The engine adds these to every provider's configuration. */
export const ENGINE_KEYS: ReadonlySet<string> = new Set(["version", "pluginDownloadURL", "__internal"]);

export function fromStruct(struct: Struct | undefined): Properties {
  return decode((struct?.toJavaScript() ?? {}) as Json) as Properties;
}

export function toStruct(properties: Properties): Struct {
  return Struct.fromJavaScript(encode(properties) as Parameters<typeof Struct.fromJavaScript>[0]);
}

export function checkResponse(inputs: Properties, failures: readonly Failure[]): rpc.CheckResponse {
  // The engine prints the value of a property that is named apart, secret or not. The reason names it well enough.
  const list = failures.map(({ reason }) => new rpc.CheckFailure().setReason(reason));
  return new rpc.CheckResponse().setInputs(toStruct(inputs)).setFailuresList(list);
}

/** The kind of change as the engine names it. */
export function propertyDiff({ kind, replaces }: Change): rpc.PropertyDiff {
  const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = rpc.PropertyDiff.Kind;
  const kinds = {
    add: [ADD, ADD_REPLACE],
    delete: [DELETE, DELETE_REPLACE],
    update: [UPDATE, UPDATE_REPLACE],
  } as const;
  return new rpc.PropertyDiff().setKind(kinds[kind][replaces ? 1 : 0]);
}

/**
 * Tells the engine to record the resource although making it failed. The details travel in gRPC's own header for them.
 *
 * @param more - reasons beside the message
 */
export function initFailed(
  id: string,
  state: Properties,
  message: string,
  { more = [], inputs }: { more?: readonly string[]; inputs?: Properties } = {},
): GrpcFailure {
  const detail = new rpc.ErrorResourceInitFailed()
    .setId(id)
    .setProperties(toStruct(state))
    .setReasonsList([message, ...more]);
  if (inputs) detail.setInputs(toStruct(inputs));
  const any = new Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status().setCode(grpc.status.UNKNOWN).setMessage(message).setDetailsList([any]);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return new GrpcFailure({ code: grpc.status.UNKNOWN, details: message, metadata });
}

/** The engine's output, where messages stand beside the resource they are about. */
export class EngineLog {
  readonly #engine: EngineClient | undefined;

  /** The engine's address is the last argument of a plugin's process. */
  constructor(address = process.argv.slice(2).findLast((argument) => !argument.startsWith("-"))) {
    this.#engine = address ? new EngineClient(address, grpc.credentials.createInsecure()) : undefined;
  }

  warn(urn: string, message: string): void {
    this.#log(LogSeverity.WARNING, urn, message, false);
  }

  /** Says something of which only the latest matters. */
  status(urn: string, message: string): void {
    this.#log(LogSeverity.INFO, urn, message, true);
  }

  #log(severity: LogSeverity, urn: string, message: string, ephemeral: boolean): void {
    const request = new LogRequest().setSeverity(severity).setUrn(urn).setMessage(message).setEphemeral(ephemeral);
    this.#engine?.log(request, () => {});
  }
}
