/** What one kind of resource offers to the provider host. Values come in plain; the host puts the secret marks back. */
import type { Change } from "./diff";
import type { ResourceSpec } from "./schema";

/** What surrounds one call. */
export interface Call {
  /** Aborted when the engine cancels or the resource's time is up. */
  readonly signal: AbortSignal;
  /** Says something beside the resource in the engine's output. */
  warn(message: string): void;
}

/** A resource that exists. */
export interface Created<State> {
  readonly id: string;
  readonly state: State;
}

/**
 * @typeParam Inputs - the program's properties, checked, with defaults
 * @typeParam State - what is recorded: the inputs as they turned out, and the outputs
 */
export interface Resource<Inputs extends object = object, State extends object = object> {
  readonly spec: ResourceSpec;
  /** How long creating, changing or deleting may take, in seconds. @default 1200 */
  readonly timeoutSeconds?: number;
  /** @throws PartlyCreated when something exists that the state has to know of. */
  create(inputs: Inputs, call: Call): Promise<Created<State>>;
  /** The current state, or nothing when it is gone. @default the recorded state */
  read?(id: string, state: State, call: Call): Promise<State | undefined>;
  /** Changes in place. @default records the new inputs */
  update?(id: string, state: State, inputs: Inputs, call: Call): Promise<State>;
  /** @default nothing to delete but the record */
  delete?(id: string, state: State, call: Call): Promise<void>;
  /** Changes that come from the state itself, such as a certificate that is due for renewal. */
  due?(state: State, inputs: Inputs): ReadonlyMap<string, Change>;
}

/** Creation failed after something came to exist: it is recorded, so that `destroy` removes it and the next `up` replaces it. */
export class PartlyCreated extends Error {
  constructor(
    message: string,
    readonly id: string,
    readonly state: object,
  ) {
    super(message);
  }
}

/** A plugin: its resources by type token, and its configuration. */
export interface Plugin {
  readonly name: string;
  readonly version: string;
  readonly resources: Readonly<Record<string, Resource>>;
  /** Configuration keys it understands. */
  readonly configuration: ResourceSpec["inputs"];
  /** Takes the configuration. Not called in a preview that does not know all of it yet. */
  configure?(configuration: Record<string, unknown>): Promise<void>;
}
