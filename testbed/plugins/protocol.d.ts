/**
 * The SDK ships these generated gRPC service definitions without types. Handlers are typed where they are written, against the message
 * classes (which do have types), so an untyped definition is all that is missing.
 */
declare module "@pulumi/pulumi/proto/provider_grpc_pb" {
  import type { ServiceDefinition } from "@grpc/grpc-js";
  export const ResourceProviderService: ServiceDefinition;
}

declare module "@pulumi/pulumi/proto/language_grpc_pb" {
  import type { ServiceDefinition } from "@grpc/grpc-js";
  export const LanguageRuntimeService: ServiceDefinition;
}

declare module "@pulumi/pulumi/proto/engine_grpc_pb" {
  import type { ChannelCredentials } from "@grpc/grpc-js";
  import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
  export class EngineClient {
    constructor(address: string, credentials: ChannelCredentials);
    log(request: LogRequest, done: (error: Error | null) => void): void;
  }
}
