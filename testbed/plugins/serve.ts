/** What every plugin process does: listen on a local port, tell the engine which, and end when the engine does. */
import * as grpc from "@grpc/grpc-js";

/** Properties can be large: uploads are part of them. */
const OPTIONS = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };
const PARENT_CHECK_MS = 1000;

/**
 * Serves until the engine ends this process. The port on the first line of standard output is what the engine waits for.
 *
 * @param service - generated definition
 * @param handlers - one per method; a method without one answers "unimplemented", which the engine can live with
 */
export function serve(service: grpc.ServiceDefinition, handlers: grpc.UntypedServiceImplementation): void {
  // Each plugin has a process group of its own, so this is never the user's Ctrl-C: the engine has finished and would wait 5 s before it kills.
  process.on("SIGINT", () => process.exit(0));
  exitWithParent();
  const server = new grpc.Server(OPTIONS);
  server.addService(service, handlers);
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
  });
}

/** An engine that was killed cannot end its plugins. */
function exitWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, PARENT_CHECK_MS).unref();
}

/** A handler that answers with a promise. */
export function unary<Request, Response>(
  answer: (request: Request) => Promise<Response> | Response,
): grpc.handleUnaryCall<Request, Response> {
  return async (call, callback) => {
    try {
      callback(null, await answer(call.request));
    } catch (error) {
      callback(
        error instanceof GrpcFailure ? error.status : { code: grpc.status.UNKNOWN, message: (error as Error).message },
      );
    }
  };
}

/** A failure that carries more than a message. */
export class GrpcFailure extends Error {
  constructor(readonly status: Partial<grpc.StatusObject>) {
    super(status.details);
  }
}
